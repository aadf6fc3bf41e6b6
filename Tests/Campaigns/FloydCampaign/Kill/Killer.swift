import FloydLab
import FloydOS
import Glibc

/// Kills a server and starts it again, half of the times at random, half at a failpoint.
struct Killer {
    private let server: Server
    private let stage: Stage
    private var random: SplitMix64
    private var starts = Samples()
    private var kills = 0
    /// How often a kill came while the server had not yet said that it is there.
    private var early = 0
    private var reached: [Failpoint: Int] = [:]
    private var missed: [Failpoint: Int] = [:]

    /// Those of the daemon that jobs pass; the others are a worker's, or of data. The one that only the end of a launch leads to comes just behind that.
    private static let failpoints: [Failpoint] = {
        let daemons = Failpoint.allCases.filter { point in
            point != .reviewFenced
                && !["worker.", "build.", "archive.", "removal.", "data."].contains { point.rawValue.hasPrefix($0) }
        }
        return daemons.flatMap { $0 == .launchPrepared ? [$0, .reviewFenced] : [$0] }
    }()
    /// Those that are not passed by every job.
    private static let rare: Set<Failpoint> = [.reviewFenced, .stopStored]

    init(_ server: Server, _ stage: Stage) {
        self.server = server
        self.stage = stage
        random = SplitMix64(seed: stage.seed, part: .disturbance)
    }

    /// - Throws: `LabError` if the server can't be started, or somebody interrupts.
    mutating func kill(_ count: Int, until deadline: Nanoseconds) throws {
        Clock.sleep(milliseconds: 300)
        server.kill()
        for round in 1...count where Clock.now < deadline {
            try Interruption.check()
            if random.isAmong(20) { Clock.sleep(milliseconds: Int64.random(in: 1...300, using: &random)) }
            // Two at failpoints, two at random.
            if round % 4 < 2 {
                try atFailpoint(Self.failpoints[(round / 4 * 2 + round % 4) % Self.failpoints.count])
            } else {
                try atRandom()
            }
            kills += 1
            if round.isMultiple(of: 100) { Report.say("\(round) kills, \(stage.findings.count) violations") }
        }
        try server.start()
    }

    private mutating func atRandom() throws {
        try server.start(waits: false)
        if random.isAmong(15) {
            early += 1
            Clock.sleep(milliseconds: Int64.random(in: 0...80, using: &random))
        } else {
            try waitForStart()
            Clock.sleep(milliseconds: Int64.random(in: 0...450, using: &random))
        }
        guard server.isRunning else { return tellOfEnd() }
        server.kill()
    }

    private mutating func atFailpoint(_ point: Failpoint) throws {
        let count = Self.rare.contains(point) ? 1 : Int.random(in: 1...3, using: &random)
        try server.start(environment: ["\(Failpoint.variable)=\(point.rawValue):\(count)"], waits: false)
        try waitForStart()
        let end = Clock.now + 500_000_000
        while server.isRunning, Clock.now < end { usleep(1000) }
        if server.isRunning {
            missed[point, default: 0] += 1
            server.kill()
        } else if server.status == SIGKILL {
            reached[point, default: 0] += 1
        } else {
            tellOfEnd()
        }
    }

    /// Waits until it listens, or has come to its failpoint.
    private mutating func waitForStart() throws {
        let begin = Clock.now
        while server.isRunning {
            try Interruption.check()
            if server.isListening { return starts.add(Clock.now - begin) }
            guard Clock.now - begin < 20_000_000_000 else {
                return stage.findings.add("the server did not listen within 20 s; its log: \(server.logFile)")
            }
            usleep(2000)
        }
    }

    private func tellOfEnd() {
        stage.findings.add("the server ended by itself with status \(server.status ?? -1); its log: \(server.logFile)")
    }

    func summary(_ time: Double) -> [String] {
        let points = Self.failpoints.map {
            "\($0.rawValue) \(reached[$0] ?? 0) of \((reached[$0] ?? 0) + (missed[$0] ?? 0))"
        }
        return [
            "kills: \(kills) in \(Int(time)) s; \(reached.values.reduce(0, +)) at failpoints, \(early) before the server listened",
            "failpoints reached: \(points.joined(separator: ", "))",
            "start to listening: median \(Int(starts.median * 1000)) ms, p99 \(Int(starts.p99 * 1000)) ms",
        ]
    }
}
