import FloydAPI
import FloydClient
import FloydLab
import FloydModel

/// Many small jobs at once.
struct SubmitMany: Measure {
    let name = "submit-1000"
    let about = "1,000 no-op jobs through one connection: each submit, all submits, all done; 1,000 × `tsp true`"

    /// What one round came to.
    private struct Course {
        var submits = Samples()
        var submitted = Samples()
        var done = Samples()

        /// Submits `count` jobs one after the other and waits for their end.
        mutating func take(_ count: Int, submit: () throws -> Void, wait: () throws -> Void) throws {
            let begin = Clock.now
            for _ in 0..<count {
                try Interruption.check()
                let before = Clock.now
                try submit()
                submits.add(Clock.now - before)
            }
            submitted.add(Clock.now - begin)
            try wait()
            done.add(Clock.now - begin)
        }
    }

    func run(_ bench: Bench) throws -> [Row] {
        var (sandboxed, bare, peer) = (Course(), Course(), Course())
        var (memory, peerMemory) = (Samples(), Samples())
        for _ in 0..<(bench.rounds ?? 2) {
            memory.add(try round(bench, .bubblewrap, &sandboxed))
            _ = try round(bench, .none, &bare)
            if let resident = try spoolerRound(bench, &peer) { peerMemory.add(resident) }
        }
        var rows: [Row] = []
        for (isolation, ours) in [("sandbox", sandboxed), ("isolation none", bare)] {
            rows += [
                Row(measure: "each submit (API, \(isolation))", ours: ours.submits, peer: .taskSpooler(peer.submits)),
                Row(
                    measure: "\(bench.jobs) submits (\(isolation))",
                    ours: ours.submitted,
                    peer: .taskSpooler(peer.submitted)
                ),
                Row(measure: "\(bench.jobs) jobs done (\(isolation))", ours: ours.done, peer: .taskSpooler(peer.done)),
            ]
        }
        rows.append(
            Row(measure: "daemon's PSS after them", unit: .bytes, ours: memory, peer: .taskSpooler(peerMemory))
        )
        return rows
    }

    /// - Returns: the daemon's PSS at the end.
    private func round(_ bench: Bench, _ isolation: Server.Isolation, _ course: inout Course) throws -> Double {
        // Its folder stays until all is measured: where thousands of files were just removed, some file systems are slow to make new ones.
        let server = try Server(bench, in: Scratch(in: bench.disk.path), isolation: isolation)
        defer { server.end() }
        let jobs = try JobRunner(server)
        var ids: [ObjectID] = []
        try course.take(
            bench.jobs,
            submit: { ids.append(try jobs.submit("true")) },
            // First come, first served: the last to end is among the last that were submitted.
            wait: { for id in ids.suffix(bench.slots) { _ = try jobs.end(of: id) } }
        )
        let ended = try jobs.client.jobs(of: Reference(parsing: "bench")).filter { $0.outcome == .success }
        guard Set(ended.map(\.id)).isSuperset(of: ids) else { throw LabError("not all jobs ended well") }
        return server.memory.pss
    }

    private func spoolerRound(_ bench: Bench, _ course: inout Course) throws -> Double? {
        guard let spooler = try TaskSpooler(bench) else { return nil }
        defer { spooler.end() }
        var ids: [String] = []
        try course.take(
            bench.jobs,
            submit: { ids.append(try spooler.submit(["true"]).id) },
            wait: { for id in ids.suffix(bench.slots) { try spooler.wait(for: id) } }
        )
        return Memory(of: try spooler.processes()).pss
    }
}
