import FloydAPI
import FloydClient
import FloydLab
import FloydModel
import FloydOS
import FloydTree
import Synchronization

/// A server, a job on it that swaps its results, and several who read them meanwhile.
final class SwapCourse {
    private static let readers = 4

    private let stage: Stage
    private let server: Server
    private let runner: JobRunner
    private let secret: String
    private let job: ObjectID

    init(_ stage: Stage) throws {
        self.stage = stage
        var settings = Server.Settings()
        settings.isolation = stage.options.isolation
        server = try Server(stage.product, in: stage.scratch, settings)
        runner = try JobRunner(server)
        // In no command and no name: it stands in its file alone.
        secret = "Secret" + Hex.string(FileHasher.sha256(Array("\(stage.marker) \(stage.seed)".utf8)))
        let outside = "\(server.folder)/outside"
        try Folder.create(outside, mode: 0o755)
        try TextFile.write("\(secret)\n", to: "\(outside)/file")
        job = try runner.submit(SwapJob(outside: outside, seed: stage.seed).command)
        try waitForFiles()
    }

    private func waitForFiles() throws {
        for _ in 0..<600 {
            try Interruption.check()
            let state = try runner.client.job(Reference(.id(job)))
            guard state.state != .finished else { throw LabError("the job has ended: \(state.reason ?? "no reason")") }
            let files = try? Folder.names(in: "\(server.dataFolder)/runs/\(job)/1/output")
            if files?.contains("file") == true { return }
            Clock.sleep(milliseconds: 100)
        }
        throw LabError("the job leaves nothing")
    }

    func run(_ count: Int, until deadline: Nanoseconds) throws -> [String] {
        let begin = Clock.now
        let counts = Mutex<[SwapReader.Kind: SwapReader.Count]>([:])
        try withReaders(count, until: deadline) { reader in
            counts.withLock { $0.merge(reader.counts, uniquingKeysWith: +) }
        }
        let time = (Clock.now - begin).seconds
        if !server.isRunning {
            throw LabError("the server ended with status \(server.status ?? -1): \(server.logFile)")
        }
        let state = try runner.client.job(Reference(.id(job)))
        if state.state != .running { stage.findings.add("the job has ended: \(state.reason ?? "no reason")") }
        try runner.stop(job)
        let all = counts.withLock { $0 }
        for kind in [SwapReader.Kind.file, .folder, .range] where count >= 1_000 {
            // Otherwise nothing was swapped when it was looked at.
            guard let count = all[kind], count.given > 0, count.refused > 0 else {
                stage.findings.add("a \(kind.rawValue) was always the same")
                continue
            }
        }
        let sum = all.values.reduce(SwapReader.Count(), +)
        let lines = SwapReader.Kind.allCases.map { kind in
            let count = all[kind] ?? SwapReader.Count()
            return "\(kind.rawValue): \(count.given) given, \(count.refused) refused, slowest "
                + "\(count.slowest / 1_000_000) ms"
        }
        let reads = sum.given + sum.refused
        return lines + ["all: \(reads) reads in \(Int(time)) s, slowest \(sum.slowest / 1_000_000) ms"]
    }

    /// - Parameter report: is given each reader at its end, on its thread.
    private func withReaders(
        _ count: Int,
        until deadline: Nanoseconds,
        _ report: @escaping @Sendable (SwapReader) -> Void
    ) throws {
        let ended = Semaphore()
        let (access, findings, secret, seed) = (server.access, stage.findings, secret, stage.seed)
        let address = "/api/v1/jobs/\(job)"
        for number in 0..<Self.readers {
            let share = count / Self.readers + (number < count % Self.readers ? 1 : 0)
            Thread.start(name: "reader-\(number)") {
                defer { ended.post() }
                let random = SplitMix64(seed: seed, part: .watcher, number: number)
                var reader = SwapReader(access, job: address, secret: secret, findings: findings, random: random)
                do {
                    try reader.read(share, until: deadline)
                } catch {
                    findings.add("reader \(number) gave up: \(error)")
                }
                report(reader)
            }
        }
        for _ in 0..<Self.readers { ended.wait() }
        try Interruption.check()
    }

    func end() {
        server.end()
    }
}
