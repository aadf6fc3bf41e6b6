import FloydAPI
import FloydClient
import FloydLab
import FloydModel
import FloydOS
import Glibc
import Synchronization

/// The rounds of the data campaign: clients work, the daemon is killed, is started again, and everything is looked at.
struct DataCourse {
    private let stage: Stage
    private let server: Server
    private let setting: DataSetting
    private var random: SplitMix64
    private var reached: [Failpoint: Int] = [:]
    private var missed: [Failpoint: Int] = [:]

    private static let failpoints = Failpoint.allCases.filter { $0.rawValue.hasPrefix("data.") }
    private static let clients = 3

    init(_ stage: Stage) throws {
        self.stage = stage
        random = SplitMix64(seed: stage.seed, part: .disturbance)
        var settings = Server.Settings()
        settings.isolation = stage.options.isolation
        settings.config = ["storage: {grace: 5s}", "uploads: {expire_after: 60s}"]
        server = try Server(stage.product, in: stage.scratch, settings)
        let client = try server.client()
        let dataset = try client.createDataset(Name("set"))
        let output = (1...3).map { DataFile(path: "f\($0)", number: $0 * 40, isExecutable: false) }
        let job = try Self.run(output, on: server)
        let (product, configuration, data) = (stage.product, server.configuration, server.dataFolder)
        setting = DataSetting(
            access: server.access,
            dataset: Reference(.id(dataset.id)),
            job: job,
            output: output,
            findings: stage.findings,
            scratch: stage.scratch
        ) { words, environment in
            Command(
                product.binaries.daemon,
                words + ["--config", configuration, "--data-dir", data],
                environment: environment
            )
        }
    }

    /// Runs a job that leaves these files.
    private static func run(_ output: [DataFile], on server: Server) throws -> Reference {
        for file in output { try file.write(to: "\(server.project)/\(file.path)") }
        let command = "cp \(output.map(\.path).joined(separator: " ")) /output/ && chmod 644 /output/*"
        let finished = try server.command(["run", "--json", command], in: server.project).succeed()
        let id = try ObjectID(printed: finished.output)
        let job = try server.client().log(of: Reference(.id(id)), following: true) { _ in }
        guard job.outcome == .success else { throw LabError("the job ended with \(job.reason ?? "nothing")") }
        return Reference(.id(id))
    }

    func end() {
        server.end()
    }

    mutating func run(_ count: Int, until deadline: Nanoseconds) throws -> [String] {
        let begin = Clock.now
        var rounds = 0
        server.kill()
        var inspection = DataInspection(setting: setting, server: server, stage: stage)
        while rounds < count, Clock.now < deadline {
            try Interruption.check()
            rounds += 1
            // Two of three at a failpoint.
            let point = rounds.isMultiple(of: 3) ? nil : Self.failpoints[(rounds * 2 / 3) % Self.failpoints.count]
            try work(until: point)
            try server.start()
            try inspection.inspect(all: rounds.isMultiple(of: 10))
            server.kill()
            if rounds.isMultiple(of: 25) { Report.say("\(rounds) rounds, \(stage.findings.count) violations") }
        }
        try server.start()
        let lines = try inspection.finish()
        let points = Self.failpoints.map {
            "\($0.rawValue.dropFirst(5)) \(reached[$0] ?? 0) of \((reached[$0] ?? 0) + (missed[$0] ?? 0))"
        }
        return [
            "rounds: \(rounds) in \(Int((Clock.now - begin).seconds)) s; \(reached.values.reduce(0, +)) kills at failpoints",
            "failpoints reached: \(points.joined(separator: ", "))",
        ] + lines
    }

    /// Lets the clients work until the daemon is dead.
    private mutating func work(until point: Failpoint?) throws {
        let count = Int.random(in: 1...4, using: &random)
        let environment = point.map { ["\(Failpoint.variable)=\($0.rawValue):\(count)"] } ?? []
        try server.start(environment: environment, waits: false)
        let begin = Clock.now
        while server.isRunning, !server.isListening, Clock.now - begin < 20_000_000_000 { usleep(1_000) }
        let clients = start()
        let time = point == nil ? Int64.random(in: 0...700, using: &random) : 1_500
        let end = Clock.now + time * 1_000_000
        while server.isRunning, Clock.now < end { usleep(1_000) }
        let isDead = !server.isRunning
        if let point { isDead ? (reached[point, default: 0] += 1) : (missed[point, default: 0] += 1) }
        if isDead, server.status != SIGKILL {
            stage.findings.add("the server ended by itself with \(server.status ?? -1); its log: \(server.logFile)")
        }
        server.kill()
        clients()
    }

    /// - Returns: what ends them, and waits for that.
    private mutating func start() -> () -> Void {
        let isOver = Flag()
        let ended = Semaphore()
        for number in 0..<Self.clients {
            let (setting, random) = (setting, SplitMix64(seed: random.next()))
            Thread.start(name: "client-\(number)") {
                defer { ended.post() }
                let isEnd: @Sendable () -> Bool = { isOver.isUp || Interruption.isRequested }
                guard let client = try? setting.access.client(isCancelled: isEnd, pause: { _ in }) else { return }
                var person = DataClient(setting: setting, number: number, random: random, isOver: isEnd)
                while !isEnd() { person.act(client) }
            }
        }
        return {
            isOver.raise()
            for _ in 0..<Self.clients { ended.wait() }
        }
    }

    private final class Flag: Sendable {
        private let flag = Atomic(false)

        var isUp: Bool { flag.load(ordering: .relaxed) }
        func raise() { flag.store(true, ordering: .relaxed) }
    }
}
