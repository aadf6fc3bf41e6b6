import FloydAPI
import FloydClient
import FloydLab
import FloydModel
import FloydOS
import FloydTree

/// One upload after another, each broken off at a byte and gone on with from where the server says that it stands.
struct ResumeCourse {
    private let stage: Stage
    private var random: SplitMix64
    private var server: Server?
    /// Bytes that the present server has stored; a new one begins before the disk is full.
    private var stored = 0

    private var rounds = 0
    private var kills = 0
    /// Breaks after which the server had less than was sent, and the most that had to be sent again.
    private var repeats = 0
    private var mostRepeated: Int64 = 0
    private var refusals = 0

    private static let capacity = 2 << 30

    init(_ stage: Stage) {
        self.stage = stage
        random = SplitMix64(seed: stage.seed, part: .disturbance)
    }

    var summary: [String] {
        [
            "\(rounds) uploads broken off and finished, \(kills) of them by SIGKILL to the server",
            "\(repeats) times bytes that were not acknowledged had to be sent again, \(mostRepeated) at most",
            "\(refusals) times the server was still at what had come before, and refused more",
        ]
    }

    mutating func randomRound(size: Int, files: Int, killing: Bool) throws {
        try round(size: size, files: files, cut: Int.random(in: 0..<size, using: &random), killing: killing)
    }

    /// - Parameters:
    ///   - size: bytes of the tree.
    ///   - files: how many they are of.
    ///   - cut: how many of the bytes are sent before the break.
    ///   - killing: whether the server is killed then.
    mutating func round(size: Int, files: Int, cut: Int, killing: Bool) throws {
        let server = try serverWithRoom(for: size)
        let tree = ResumeTree(size: size, files: files, &random)
        let client = try server.client()
        let upload = try client.createUpload(
            manifest: ByteArraySource(tree.manifest),
            length: Int64(tree.manifest.count)
        )
        guard upload.length == Int64(size), upload.offset == 0 else {
            return stage.findings.add("a new upload of \(size) bytes says \(upload.length), \(upload.offset)")
        }
        let acknowledged = Int64(cut / 2)
        let first = CountingSource(Array(tree.bytes.prefix(Int(acknowledged))))
        try client.send(first, length: acknowledged, to: upload.id)
        let broken = BreakingSource(tree.bytes, after: cut - Int(acknowledged))
        do {
            try client.send(broken, from: acknowledged, length: upload.length, to: upload.id)
            stage.findings.add("an upload that broke off after \(cut) of \(size) bytes was finished")
        } catch {
            guard error.code == BreakingSource.code else { throw error }
        }
        if killing {
            server.kill()
            kills += 1
            try server.start()
        }
        try resume(upload, tree, acknowledged...Int64(cut), on: server)
        rounds += 1
    }

    /// - Parameters:
    ///   - sent: how much the server has acknowledged, and how much was sent.
    ///   - patience: how many times more it may be asked again.
    private mutating func resume(
        _ upload: UploadResponse,
        _ tree: ResumeTree,
        _ sent: ClosedRange<Int64>,
        on server: Server,
        patience: Int = 100
    ) throws {
        let client = try server.client()
        let offset = try client.upload(upload.id).offset
        guard sent.contains(offset) else {
            let range = "\(sent.lowerBound) acknowledged of \(sent.upperBound) sent"
            return stage.findings.add("the server stands at byte \(offset) with \(range)")
        }
        let again = sent.upperBound - offset
        if again > 0 {
            repeats += 1
            mostRepeated = max(mostRepeated, again)
        }
        let rest = CountingSource(tree.bytes)
        do {
            try client.send(rest, from: offset, length: upload.length, to: upload.id)
        } catch {
            // The connection that broke had bytes which the server took up only after the question where it stands.
            guard error.code == .locked, patience > 0 else { throw error }
            refusals += 1
            Clock.sleep(milliseconds: 50)
            return try resume(upload, tree, sent, on: server, patience: patience - 1)
        }
        // The first connection's bytes may reach the server after the question where it stands; then it refuses the second's.
        let needed = Int64(tree.bytes.count) - offset
        if rest.given > needed { refusals += 1 }
        if rest.given < needed - again {
            stage.findings.add("\(rest.given) bytes were sent from byte \(offset) of \(tree.bytes.count)")
        }
        let none = ByteArraySource([])
        let committed = try client.commit(upload.id, hashes: none, length: 0)
        guard committed.state == .committed else {
            return stage.findings.add("an upload cut at \(sent.upperBound) is \(committed.state) after its commit")
        }
        for (hash, range) in tree.contents {
            let hex = Hex.string(hash.bytes)
            let path = "\(server.dataFolder)/blobs/contents/\(hex.prefix(2))/\(hex.dropFirst(2))"
            guard let bytes = try DurableFile.read(path, limit: 1 << 30), bytes.elementsEqual(tree.bytes[range]) else {
                return stage.findings.add(
                    "the content \(hex) of an upload cut at \(sent.upperBound) is not what was sent"
                )
            }
        }
    }

    private mutating func serverWithRoom(for size: Int) throws -> Server {
        if let server, stored + size <= Self.capacity {
            stored += size
            return server
        }
        try server?.discard()
        var settings = Server.Settings()
        settings.isolation = .none
        let fresh = try Server(stage.product, in: stage.scratch, settings)
        server = fresh
        stored = size
        return fresh
    }
}
