import FloydLab
import FloydModel
import FloydOS
import FoundationEssentials
import Glibc

/// Kills one worker after the other.
struct WorkerKiller {
    /// A worker, and whose it is.
    private struct Victim {
        var process: ProcessIdentity
        var job: Int
        var attempt: Int
    }

    private let load: Load
    private let stage: Stage
    private var random: SplitMix64
    private var kills = 0
    /// With the daemon away.
    private var orphans = 0
    private var ends = Samples()
    private var points = 0

    /// Those of a worker.
    private static let failpoints = Failpoint.allCases.filter { $0.rawValue.hasPrefix("worker.") }

    init(_ load: Load, _ stage: Stage) {
        self.load = load
        self.stage = stage
        random = SplitMix64(seed: stage.seed, part: .disturbance)
    }

    /// - Throws: `LabError` if the server can't be started, or somebody interrupts.
    mutating func kill(_ count: Int, until deadline: Nanoseconds) throws {
        while kills < count, Clock.now < deadline {
            try Interruption.check()
            Clock.sleep(milliseconds: Int64.random(in: 20...200, using: &random))
            guard let victim = try victims().randomElement(using: &random) else { continue }
            let isOrphan = random.isAmong(10)
            if isOrphan { load.server.kill() }
            // Before the deed: the server may see it at once.
            load.ledger.change(victim.job) { $0.killedAttempts.insert(victim.attempt) }
            if try victim.process.signal(SIGKILL) {
                kills += 1
                try awaitEnd(victim)
                if kills.isMultiple(of: 10) { try passFailpoint() }
                if kills.isMultiple(of: 100) { Report.say("\(kills) kills, \(stage.findings.count) violations") }
            } else {
                load.ledger.change(victim.job) { $0.killedAttempts.remove(victim.attempt) }
            }
            if isOrphan {
                orphans += 1
                try load.server.start()
            }
        }
    }

    /// For a while every worker that is started dies at the next failpoint in turn.
    private mutating func passFailpoint() throws {
        let point = Self.failpoints[points % Self.failpoints.count]
        points += 1
        load.server.kill()
        // A start that was noted by a clock that is read in milliseconds.
        let begin = Date().addingTimeInterval(-0.01)
        try load.server.start(environment: ["\(Failpoint.variable)=\(point.rawValue)"])
        Clock.sleep(milliseconds: 1000)
        load.server.kill()
        load.ledger.addLethal(begin...Date().addingTimeInterval(0.01))
        try load.server.start()
    }

    /// The workers there are, of jobs that this campaign knows.
    private func victims() throws -> [Victim] {
        let boot = try BootID.current()
        return try load.server.workers().compactMap { process in
            let run = ProcessFile.commandLine(process.pid).split(separator: " ").last ?? ""
            let parts = run.split(separator: "/")
            guard parts.count > 2, let id = ObjectID(String(parts[parts.count - 2])),
                let attempt = parts.last.flatMap({ Int($0) }), let number = load.ledger.number(of: id)
            else { return nil }
            return Victim(
                process: ProcessIdentity(pid: process.pid, startTime: process.startTime, bootID: boot),
                job: number,
                attempt: attempt
            )
        }
    }

    /// Nothing of its job may live on. Another attempt of the same job may, though: what is looked for are those who were there.
    private mutating func awaitEnd(_ victim: Victim) throws {
        let begin = Clock.now
        let boot = try BootID.current()
        var left = try Leftovers.processes(ofJob: victim.job, marker: stage.marker)
            .compactMap { ProcessStatus.of($0.pid) }
            .map { ProcessIdentity(pid: $0.pid, startTime: $0.startTime, bootID: boot) }
        while true {
            left = left.filter(\.isAlive)
            guard !left.isEmpty else { return ends.add(Clock.now - begin) }
            guard Clock.now - begin < 5_000_000_000 else { break }
            usleep(2000)
        }
        stage.findings.add("job \(victim.job) lives on without its worker: \(left.map(\.pid))")
    }

    func summary(_ time: Double) -> [String] {
        [
            "workers killed: \(kills) in \(Int(time)) s, \(orphans) of them while the daemon was away; "
                + "\(points) times a second in which all died at a failpoint",
            "end of all processes after it: median \(Int(ends.median * 1000)) ms, p99 \(Int(ends.p99 * 1000)) ms",
        ]
    }
}
