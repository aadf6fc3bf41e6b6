import FloydLab

extension Bench {
    /// Does `competitors` in turns: once without looking, then `count` times.
    ///
    /// - Returns: the times of each.
    func rounds(_ count: Int, _ competitors: [() throws -> Nanoseconds?]) throws -> [Samples] {
        var samples = competitors.map { _ in Samples() }
        for round in 0...(rounds ?? count) {
            for (index, competitor) in competitors.enumerated() {
                try Interruption.check()
                if let time = try competitor(), round > 0 { samples[index].add(time) }
            }
        }
        return samples
    }
}
