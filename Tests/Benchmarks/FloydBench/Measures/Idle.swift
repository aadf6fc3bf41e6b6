import FloydLab

/// The memory of a daemon that has nothing to do.
struct Idle: Measure {
    let name = "idle"
    let about = "memory of the idle daemon, a few jobs after its start; task-spooler's server"

    func run(_ bench: Bench) throws -> [Row] {
        var (pss, rss, peerPSS, peerRSS) = (Samples(), Samples(), Samples(), Samples())
        for _ in 0..<(bench.rounds ?? 3) {
            try Interruption.check()
            let server = try Server(bench, in: bench.disk)
            defer { server.end() }
            let jobs = try JobRunner(server)
            for _ in 0..<3 { _ = try jobs.end(of: jobs.submit("true")) }
            Clock.sleep(milliseconds: 500)
            let memory = server.memory
            pss.add(memory.pss)
            rss.add(memory.rss)
            guard let spooler = try TaskSpooler(bench) else { continue }
            defer { spooler.end() }
            for _ in 0..<3 { try spooler.wait(for: spooler.submit(["true"]).id) }
            let peer = Memory(of: try spooler.processes())
            peerPSS.add(peer.pss)
            peerRSS.add(peer.rss)
        }
        return [
            Row(measure: "idle daemon, PSS", unit: .bytes, ours: pss, peer: .taskSpooler(peerPSS)),
            Row(measure: "idle daemon, RSS", unit: .bytes, ours: rss, peer: .taskSpooler(peerRSS)),
        ]
    }
}
