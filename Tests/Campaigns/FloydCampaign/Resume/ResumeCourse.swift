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

    private static let capacity = 2 << 30
    /// What may be on the way between two programs when one of them ends: socket buffers and a piece.
    private static let mostInFlight: Int64 = 16 << 20

    init(_ stage: Stage) {
        self.stage = stage
        random = SplitMix64(seed: stage.seed, part: .disturbance)
    }

    var summary: [String] {
        [
            "\(rounds) uploads broken off and finished, \(kills) of them by SIGKILL to the server",
            "\(repeats) times bytes had to be sent again, \(mostRepeated) at most",
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
        let broken = BreakingSource(tree.bytes, after: cut)
        do {
            try client.send(broken, length: upload.length, to: upload.id)
            stage.findings.add("an upload that broke off after \(cut) of \(size) bytes was finished")
        } catch {
            guard error.code == BreakingSource.code else { throw error }
        }
        if killing {
            server.kill()
            kills += 1
            try server.start()
        }
        try resume(upload, tree, cut, broken.given, on: server)
        rounds += 1
    }

    private mutating func resume(
        _ upload: UploadResponse,
        _ tree: ResumeTree,
        _ cut: Int,
        _ given: Int,
        on server: Server
    ) throws {
        let client = try server.client()
        let offset = try Self.standing(upload.id, client)
        guard offset <= Int64(given) else {
            return stage.findings.add("the server has \(offset) bytes of the \(given) that were sent")
        }
        let again = Int64(given) - offset
        if again > 0 {
            repeats += 1
            mostRepeated = max(mostRepeated, again)
        }
        if again > Self.mostInFlight {
            stage.findings.add("\(again) of \(given) bytes that were sent are lost, more than can be on the way")
        }
        let rest = CountingSource(tree.bytes)
        try client.send(rest, from: offset, length: upload.length, to: upload.id)
        if rest.given != tree.bytes.count - Int(offset) {
            stage.findings.add("\(rest.given) bytes were sent from byte \(offset) of \(tree.bytes.count)")
        }
        let none = ByteArraySource([])
        let committed = try client.commit(upload.id, hashes: none, length: 0)
        guard committed.state == .committed else {
            return stage.findings.add("an upload cut at \(cut) is \(committed.state) after its commit")
        }
        for (sha256, range) in tree.contents {
            let hex = Hex.string(sha256)
            let path = "\(server.dataFolder)/blobs/contents/\(hex.prefix(2))/\(hex.dropFirst(2))"
            guard let bytes = try DurableFile.read(path, limit: 1 << 30), bytes.elementsEqual(tree.bytes[range]) else {
                return stage.findings.add("the content \(hex) of an upload cut at \(cut) is not what was sent")
            }
        }
    }

    /// Where the upload stands, once no connection writes to it any more.
    private static func standing(_ upload: ObjectID, _ client: FloydClient) throws -> Int64 {
        var last: Int64 = -1
        // What was on the way when the connection broke may still be taken in.
        while true {
            let offset = try client.upload(upload).offset
            if offset == last { return offset }
            last = offset
            Clock.sleep(milliseconds: 2)
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
