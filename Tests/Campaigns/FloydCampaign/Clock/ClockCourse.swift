import FloydAPI
import FloydClient
import FloydLab
import FloydModel
import FloydOS
import Synchronization

/// A server whose jobs have limits of time of every kind, and a clock that jumps meanwhile.
final class ClockCourse {
    /// How much later than it should something may come on a busy machine, in seconds.
    private static let tolerance = 1.5
    private static let limit = 4
    private static let grace = 3
    private static let backoff = 2
    private static let ticks = 250

    private let stage: Stage
    private let server: Server
    private let jobs: JobRunner
    private let witness: Witness
    private var number = 0

    init(_ stage: Stage) throws {
        self.stage = stage
        var settings = Server.Settings()
        settings.isolation = stage.options.isolation
        settings.slots = stage.options.slots
        settings.config = [
            "grace_period: 1s", "retries: {backoff: \(Self.backoff)s, maximum_backoff: \(Self.backoff)s}",
        ]
        server = try Server(stage.product, in: stage.scratch, settings)
        jobs = try JobRunner(server)
        witness = try Witness()
    }

    /// What is watched of a job while the clock is wrong.
    private struct Watched {
        var id: ObjectID
        var running: Nanoseconds?
        var ended: Nanoseconds?
        var response: JobResponse?
    }

    /// Has jobs of all kinds run, sets the clock by so many seconds wrong in the midst of it, and right again at the end.
    ///
    /// - Returns: a line for the summary.
    func undergo(_ jump: Int64) throws -> String {
        let endless = "while :; do sleep 0.1; done"
        number += 1
        var limited = Watched(id: try submit(endless, limit: Self.limit))
        var deaf = Watched(id: try submit("trap '' TERM; \(endless)"))
        var ticking = Watched(
            id: try submit("for ((i = 0; i < \(Self.ticks); i++)); do echo \"tick $i\"; sleep 0.02; done")
        )
        var steady = Watched(id: try submit(endless))
        var retried = Watched(id: try submit(telling("exit 3"), retries: 1))
        let follower = try TickFollower(server.access, of: ticking.id)
        while [limited, deaf, ticking, steady].contains(where: { $0.running == nil }) {
            for index in 0..<4 {
                switch index {
                case 0: try look(&limited, jump)
                case 1: try look(&deaf, jump)
                case 2: try look(&ticking, jump)
                default: try look(&steady, jump)
                }
            }
        }

        let clock = MachineClock()
        defer { clock.restore() }
        let stopped = Clock.now
        _ = try jobs.client.stop(Reference(.id(deaf.id)), grace: Self.grace)
        try clock.jump(by: jump)
        let end = Clock.now + 12_000_000_000
        while Clock.now < end, [limited, deaf, ticking, retried].contains(where: { $0.ended == nil }) {
            try Interruption.check()
            try look(&limited, jump)
            try look(&deaf, jump)
            try look(&ticking, jump)
            try look(&steady, jump)
            try look(&retried, jump)
        }
        // Asked as long as the clock is wrong.
        let client = jobs.client
        _ = try client.stop(Reference(.id(steady.id)))
        while Clock.now < end + 5_000_000_000, steady.ended == nil { try look(&steady, jump) }
        clock.restore()

        let limitTime = Self.seconds(from: limited.running, to: limited.ended)
        let graceTime = Self.seconds(from: stopped, to: deaf.ended)
        let runs = witness.runs(of: number)
        let backoffTime = Self.seconds(from: runs.first?.begun, to: runs.count > 1 ? runs[1].begun : nil)
        check("a limit of \(Self.limit) s", limitTime, Double(Self.limit), jump)
        check("a grace of \(Self.grace) s", graceTime, Double(Self.grace), jump)
        check("a backoff of \(Self.backoff) s", backoffTime, Double(Self.backoff), jump)
        if limited.response?.outcome != .timeout { add("a job with a limit ended: \(Self.told(limited))", jump) }
        if deaf.response?.outcome != .shutdown { add("a job that was stopped ended: \(Self.told(deaf))", jump) }
        if steady.response?.outcome != .shutdown { add("a job that was stopped ended: \(Self.told(steady))", jump) }
        if ticking.response?.outcome != .success { add("a job without limits ended: \(Self.told(ticking))", jump) }
        let lines = follower.end()
        let expected = (0..<Self.ticks).map { "tick \($0)" }
        if lines != expected { add("a follower saw \(lines.count) lines of \(expected.count), or others", jump) }
        let texts = [("limit", limitTime), ("grace", graceTime), ("backoff", backoffTime)].map { what, time in
            "\(what) \(time.map { "\((($0 * 100).rounded()) / 100)" } ?? "-") s"
        }
        return "\(jump > 0 ? "+" : "")\(jump / 3600) h: \(texts.joined(separator: ", ")), \(lines.count) lines followed"
    }

    private func submit(_ script: String, limit: Int? = nil, retries: Int? = nil) throws -> ObjectID {
        let mark = "\(stage.marker).\(number)"
        let request = SubmitJobRequest(
            project: jobs.project,
            code: jobs.code,
            command: ": \(mark)\nexport FLOYDCAMPAIGN=\(mark)\n\(script)",
            maxRuntime: limit,
            retries: retries
        )
        return try jobs.client.submit(request).id
    }

    /// A script that tells the witness of its run.
    private func telling(_ script: String) -> String {
        "echo \"begin \(number) $FLOYD_ATTEMPT $EPOCHREALTIME.$$\" > /dev/udp/127.0.0.1/\(witness.port)\n\(script)"
    }

    /// Looks at the job once; what it says of its time must be near the truth.
    private func look(_ job: inout Watched, _ jump: Int64) throws {
        guard job.ended == nil else { return }
        let response = try jobs.client.job(Reference(.id(job.id)))
        let now = Clock.now
        job.response = response
        if response.state != .queued, response.state != .starting, job.running == nil { job.running = now }
        if response.state == .finished { job.ended = now }
        if let duration = response.duration {
            let most = (now - (job.running ?? now)).seconds + Self.tolerance
            if duration < 0 || duration > most {
                add("a job that ran for \(most - Self.tolerance) s is said to have run for \(duration) s", jump)
            }
        }
        Clock.sleep(milliseconds: 10)
    }

    private func check(_ what: String, _ time: Double?, _ expected: Double, _ jump: Int64) {
        guard let time else { return add("\(what) never came to its end", jump) }
        // A look may come a little later than what it sees began.
        if time < expected - 0.25 || time > expected + Self.tolerance { add("\(what) took \(time) s", jump) }
    }

    private func add(_ text: String, _ jump: Int64) {
        stage.findings.add("\(jump / 3600) h: \(text)")
    }

    private static func seconds(from begin: Nanoseconds?, to end: Nanoseconds?) -> Double? {
        guard let begin, let end else { return nil }
        return (end - begin).seconds
    }

    private static func told(_ job: Watched) -> String {
        "\(job.response?.outcome?.rawValue ?? "not at all"), \(job.response?.reason ?? "no reason")"
    }

    func end() throws -> String {
        server.stop()
        try Leftovers.check(stage.findings, marks: [stage.marker, server.dataFolder])
        return try DatabaseCheck.check(server.dataFolder, stage.findings)
    }

    func clear() {
        server.end()
        try? Leftovers.clear(marks: [stage.marker, server.dataFolder])
    }
}
