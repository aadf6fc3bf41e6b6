import FloydLab
import FloydModel
import FloydOS
import Glibc

/// What each running job costs in memory, beside its own.
struct JobMemory: Measure {
    let name = "job-memory"
    let about = "memory of everything that stands around each of 20 running `sleep`s, and what they add to the daemon"

    private static let count = 20

    func run(_ bench: Bench) throws -> [Row] {
        var (sandboxed, bare, daemon, peer) = (Samples(), Samples(), Samples(), Samples())
        for _ in 0..<(bench.rounds ?? 3) {
            try Interruption.check()
            let cost = try self.cost(bench, .bubblewrap)
            sandboxed.add(cost.around)
            daemon.add(cost.daemon)
            bare.add(try self.cost(bench, .none).around)
            if let cost = try spoolerCost(bench) { peer.add(cost) }
        }
        return [
            Row(measure: "worker and sandbox, PSS a job", unit: .bytes, ours: sandboxed, peer: .taskSpooler(peer)),
            Row(measure: "worker with isolation none, PSS a job", unit: .bytes, ours: bare, peer: .taskSpooler(peer)),
            Row(measure: "daemon's growth, PSS a job", unit: .bytes, ours: daemon),
        ]
    }

    private func cost(_ bench: Bench, _ isolation: Server.Isolation) throws -> (around: Double, daemon: Double) {
        let server = try Server(bench, in: bench.disk, isolation: isolation, slots: Self.count)
        defer { server.end() }
        let jobs = try JobRunner(server)
        Clock.sleep(milliseconds: 200)
        let before = server.memory.pss
        let ids = try (0..<Self.count).map { _ in try jobs.submit("exec sleep 600") }
        defer { for id in ids { _ = try? jobs.stop(id) } }
        var around: [pid_t] = []
        try wait {
            let processes = try ProcessStatus.all()
            let workers = try server.workers()
            let all = workers.flatMap { [$0] + Descendants.of($0.pid, among: processes) }.map(\.pid)
            around = Set(all).filter { ProcessFile.name($0) != "sleep" }.sorted()
            return Set(all).count - around.count == Self.count
        }
        // Whatever is done after the start of the last one is done by then.
        Clock.sleep(milliseconds: 500)
        return (
            Memory(of: around).pss / Double(Self.count), max(0, server.memory.pss - before) / Double(Self.count)
        )
    }

    private func spoolerCost(_ bench: Bench) throws -> Double? {
        guard let spooler = try TaskSpooler(bench, slots: Self.count) else { return nil }
        defer { spooler.end() }
        let before = Memory(of: try spooler.processes()).pss
        let ids = try (0..<Self.count).map { _ in try spooler.submit(["sleep", "600"]).id }
        defer { for id in ids { _ = try? spooler.command(["-k", id]).run() } }
        try wait { try spooler.processes().count == Self.count + 1 }
        Clock.sleep(milliseconds: 200)
        return (Memory(of: try spooler.processes()).pss - before) / Double(Self.count)
    }

    /// - Throws: `LabError` if `condition` does not come true within half a minute.
    private func wait(_ condition: () throws -> Bool) throws {
        for _ in 0..<300 {
            try Interruption.check()
            if try condition() { return }
            Clock.sleep(milliseconds: 100)
        }
        throw LabError("the jobs did not all start")
    }
}
