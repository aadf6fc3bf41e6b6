import FloydAPI
import FloydClient
import FloydLab
import FloydModel
import FloydOS

/// Looks at a server that was killed and started again: what was acknowledged is there and whole, what was not doesn't show, and the store is clean.
struct DataInspection {
    let setting: DataSetting
    let server: Server
    let stage: Stage
    private var random: SplitMix64
    private var verified = 0
    private var checks = 0

    init(setting: DataSetting, server: Server, stage: Stage) {
        self.setting = setting
        self.server = server
        self.stage = stage
        random = SplitMix64(seed: stage.seed, part: .watcher)
    }

    /// - Parameter all: whether to have each version read again, or some.
    mutating func inspect(all: Bool) throws {
        let client = try server.client()
        let shown = try client.datasetVersions(of: setting.dataset)
        try compare(shown)
        for version in shown where all || random.isAmong(20) { try verify(version, client) }
        try check()
    }

    private func compare(_ shown: [DatasetVersionResponse]) throws {
        let findings = stage.findings
        let entries = setting.ledger.entries
        var seen: Set<String> = []
        for version in shown {
            guard let message = version.message, let entry = entries[message] else {
                findings.add("\(version.name) shows, and nobody asked for it")
                continue
            }
            if !seen.insert(message).inserted { findings.add("\(message) is there twice") }
            let files = entry.files
            if version.files != files.count || version.size != files.size {
                findings.add("\(version.name) has \(version.files) files of \(version.size) bytes")
            }
            switch entry.fate {
            case .asked, .deleting: setting.ledger.change(message, to: .made(version.id))
            case .made(let id):
                if id != version.id { findings.add("\(version.name) is \(version.id), and was \(id)") }
            case .deleted: findings.add("\(version.name) shows, though its deletion was acknowledged")
            case .refused: findings.add("\(version.name) shows, though it was not there before")
            }
            let digest = files.digest
            // Its folder of links may be made later.
            if try FileStatus.of("\(server.dataFolder)/blobs/trees/\(digest)") == nil {
                findings.add("\(version.name) has no trees/\(digest)")
            }
        }
        for (message, entry) in entries where !seen.contains(message) {
            switch entry.fate {
            case .asked: setting.ledger.change(message, to: .refused)
            case .deleting: setting.ledger.change(message, to: .deleted)
            case .made(let id): findings.add("\(message) was acknowledged as \(id), and is gone")
            case .refused, .deleted: break
            }
        }
    }

    private mutating func verify(_ version: DatasetVersionResponse, _ client: FloydClient) throws {
        verified += 1
        let result = try client.verify(Reference(.id(version.id))) { message throws(FloydError) in
            guard let damaged = message.damaged else { return }
            stage.findings.add("\(version.name): \(damaged.path) \(damaged.reason)")
        }
        if result.result != .whole { stage.findings.add("\(version.name) is not whole") }
    }

    private mutating func check() throws {
        checks += 1
        let finished = try setting.administration(["data", "fsck"]).run()
        if finished.status != 0 {
            stage.findings.add("fsck ended with \(finished.status): \(finished.output)\(finished.errors)")
        }
    }

    /// The server may be at it itself.
    private func collect() throws -> Command.Finished {
        for _ in 0..<100 {
            let finished = try setting.administration(["data", "gc"]).run()
            if finished.status == 0 || !finished.errors.contains("under way") { return finished }
            Clock.sleep(milliseconds: 100)
        }
        throw LabError("the server collects without an end")
    }

    /// Finishes what was left, deletes all versions and looks whether nothing stays but what jobs need.
    mutating func finish() throws -> [String] {
        try inspect(all: true)
        let client = try server.client()
        var adopted = 0
        for (id, upload) in setting.ledger.uploads where upload.isCommitted {
            // Its commit was acknowledged: it can become a version still.
            let message = setting.ledger.ask(for: upload.files)
            let version = try client.createVersion(of: setting.dataset, from: id, message: message)
            setting.ledger.change(message, to: .made(version.id))
            adopted += 1
        }
        try inspect(all: true)
        let shown = try client.datasetVersions(of: setting.dataset)
        for version in shown { try client.deleteVersion(Reference(.id(version.id))) }
        // Until unfinished uploads expire.
        Clock.sleep(milliseconds: 62_000)
        let finished = try collect()
        try check()
        let left = try Folder.names(in: "\(server.dataFolder)/blobs/contents").reduce(0) { sum, name in
            sum + (try Folder.names(in: "\(server.dataFolder)/blobs/contents/\(name)").count)
        }
        // The code of the one job: the project's file, its .floydignore, and the files that the job copied.
        let code = setting.output.count + 2
        if left != code { stage.findings.add("\(left) contents are left, of which jobs need \(code)") }
        let fates = setting.ledger.entries.values
        let deleted = fates.count { $0.fate == .deleted }
        return [
            "versions: \(fates.count) asked for, \(shown.count) at the end, \(deleted) deleted; \(adopted) of commits that nobody had used",
            "verified: \(verified) versions; fsck: \(checks) times; at last gc \(finished.output.prefix { $0 != "\n" })",
        ]
    }
}
