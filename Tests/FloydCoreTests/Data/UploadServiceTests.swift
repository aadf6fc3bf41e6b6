import FloydTree
import FloydAPI
import FloydBlobs
import FloydModel
import FloydStore
import Foundation
import Testing

@testable import FloydCore

@Suite struct UploadServiceTests {
    private static let files: [TestFile] = [
        .file("a.txt", "alpha"), .file("b/c.txt", "beta and more"), .file("empty", ""), .file("z.txt", "alpha"),
    ]
    /// `a.txt` and `b/c.txt`: the last has the content of the first, and the empty one none.
    private static let stream = Array("alphabeta and more".utf8)

    private func begun(_ world: World, _ files: [TestFile] = files) async throws -> UploadResponse {
        try await world.uploads().begin(manifest: bytes(files.manifest, piece: 7), as: world.alice)
    }

    @Test func sendsWhatIsMissingAndCommits() async throws {
        try await World.with { world in
            let service = world.uploads()
            let upload = try await begun(world)
            #expect(upload.state == .receiving)
            #expect(upload.length == 18)
            #expect(upload.missing == 2)
            #expect(upload.files == 4)
            #expect(upload.size == 23)
            #expect(upload.expires != nil)
            let path = try await service.missing(in: upload.id, as: world.alice)
            #expect(try String(contentsOfFile: path, encoding: .utf8) == "0\n1\n")
            let body = bytes(Self.stream, piece: 4)
            #expect(try await service.receive(upload.id, at: 0, length: 18, body: body, as: world.alice) == 18)
            #expect(try await service.upload(upload.id, as: world.alice).state == .complete)
            let committed = try await service.commit(upload.id, hashes: bytes([]), as: world.alice)
            #expect(committed.state == .committed)
            #expect(committed.expires == nil)
            #expect(try await service.upload(upload.id, as: world.alice) == committed)
            // The folder went; the tree is there.
            #expect(try world.blobs.uploadIDs().isEmpty)
            let tree = try await service.tree(upload.id, of: world.alice)
            #expect(try world.blobs.hasTree(Array(tree.digest)))
            #expect(try await service.tree(tree.id, of: world.alice) == tree)
            // Committing again says the same.
            #expect(try await service.commit(upload.id, hashes: bytes([]), as: world.alice) == committed)
        }
    }

    @Test func goesOnWhereItBrokeOff() async throws {
        try await World.with { world in
            let service = world.uploads()
            let upload = try await begun(world)
            struct Broken: Error {}
            let sent = Lock(0)
            let broken: ByteSource = {
                sent.value += 1
                if sent.value == 1 { return Array(Self.stream[..<9]) }
                throw Broken()
            }
            await #expect(throws: Broken.self) {
                try await service.receive(upload.id, at: 0, length: 18, body: broken, as: world.alice)
            }
            let status = try await service.upload(upload.id, as: world.alice)
            #expect(status.offset == 9)
            #expect(status.state == .receiving)
            #expect(
                try await code { _ = try await service.commit(upload.id, hashes: bytes([]), as: world.alice) }
                    == .conflict
            )
            #expect(
                try await code {
                    _ = try await service.receive(upload.id, at: 0, length: nil, body: bytes([1]), as: world.alice)
                } == .offsetMismatch
            )
            let rest = bytes(Array(Self.stream[9...]))
            #expect(try await service.receive(upload.id, at: 9, length: nil, body: rest, as: world.alice) == 18)
            #expect(try await service.commit(upload.id, hashes: bytes([]), as: world.alice).state == .committed)
        }
    }

    @Test func refusesMoreThanIsMissing() async throws {
        try await World.with { world in
            let service = world.uploads()
            let upload = try await begun(world)
            // An offset that isn't the upload's goes before everything else.
            let refusals: [(Int64, Int64, FloydError.Code)] = [
                (0, 19, .tooLarge), (10, 9, .offsetMismatch), (18, 1, .offsetMismatch),
            ]
            for (offset, length, refusal) in refusals {
                #expect(
                    try await code {
                        _ = try await service.receive(
                            upload.id,
                            at: offset,
                            length: length,
                            body: bytes([]),
                            as: world.alice
                        )
                    } == refusal
                )
            }
            for offset in [-1, Int64.min] {
                #expect(
                    try await code {
                        _ = try await service.receive(
                            upload.id,
                            at: offset,
                            length: .max,
                            body: bytes([]),
                            as: world.alice
                        )
                    } == .invalidRequest
                )
            }
            #expect(try await service.upload(upload.id, as: world.alice).offset == 0)
        }
    }

    @Test func wrongBytesAreFoundOut() async throws {
        try await World.with { world in
            let service = world.uploads()
            let upload = try await begun(world)
            let wrong = bytes(Array("alphaBETA and more".utf8))
            #expect(
                try await code {
                    _ = try await service.receive(upload.id, at: 0, length: 18, body: wrong, as: world.alice)
                } == .contentMismatch
            )
            #expect(
                try await code { _ = try await service.commit(upload.id, hashes: bytes([]), as: world.alice) }
                    == .contentMismatch
            )
            #expect(try await world.store.trees.reachable([], by: world.alice.id).isEmpty)
        }
    }

    @Test func hashesMayFollowWithTheCommit() async throws {
        try await World.with { world in
            let service = world.uploads()
            let files: [TestFile] = [.file("a", "one", hashed: false), .file("b", "two", hashed: false)]
            let upload = try await begun(world, files)
            #expect(upload.missing == 2)
            _ = try await service.receive(
                upload.id,
                at: 0,
                length: 6,
                body: bytes(Array("onetwo".utf8)),
                as: world.alice
            )
            let hashes = [TestFile.file("a", "one"), .file("b", "two")].map(\.entry).compactMap(\.hash?.bytes)
            let text = hashes.map { $0.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined() + "\n" }
            #expect(
                try await code {
                    _ = try await service.commit(upload.id, hashes: bytes(Array(text[0].utf8)), as: world.alice)
                } == .invalidRequest
            )
            let all = bytes(Array(text.joined().utf8), piece: 10)
            #expect(try await service.commit(upload.id, hashes: all, as: world.alice).state == .committed)
            // The same files, hashed this time, make the same tree.
            let again = try await begun(world, [.file("a", "one"), .file("b", "two")])
            #expect(again.state == .committed)
            #expect(try await service.tree(again.id, of: world.alice).id == service.tree(upload.id, of: world.alice).id)
        }
    }

    @Test func hashesThatAreNotDueAreRefused() async throws {
        try await World.with { world in
            let service = world.uploads()
            let upload = try await begun(world)
            _ = try await service.receive(upload.id, at: 0, length: nil, body: bytes(Self.stream), as: world.alice)
            let hashes = bytes(Array("x".utf8))
            #expect(
                try await code { _ = try await service.commit(upload.id, hashes: hashes, as: world.alice) }
                    == .invalidRequest
            )
        }
    }

    @Test func aKnownTreeNeedsNothing() async throws {
        try await World.with { world in
            let first = try await world.upload(Self.files, as: world.alice)
            let before = try await world.leftovers()
            let again = try await begun(world)
            #expect(again.state == .committed)
            #expect(again.length == 0)
            #expect(try await world.leftovers() == before)
            let service = world.uploads()
            #expect(try await service.tree(again.id, of: world.alice).id == service.tree(first, of: world.alice).id)
        }
    }

    @Test func ofKnownContentsNothingIsSent() async throws {
        try await World.with { world in
            _ = try await world.upload(Self.files, as: world.alice)
            // Another tree of the same contents is committed at once.
            let moved = try await begun(world, [.file("elsewhere", "beta and more")])
            #expect(moved.state == .committed)
            let more = try await begun(world, [.file("elsewhere", "beta and more"), .file("new", "gamma")])
            #expect(more.missing == 1)
            #expect(more.length == 5)
        }
    }

    @Test func whatOthersHaveCountsAsMissing() async throws {
        try await World.with { world in
            _ = try await world.upload(Self.files, as: world.bob)
            let upload = try await begun(world)
            #expect(upload.missing == 2)
            #expect(upload.length == 18)
        }
    }

    @Test func anotherPersonsUploadIsNotThere() async throws {
        try await World.with { world in
            let service = world.uploads()
            let upload = try await begun(world)
            for id in [upload.id, ObjectID()] {
                for account in [world.bob, world.admin] {
                    let answers = [
                        try await failure { _ = try await service.upload(id, as: account) },
                        try await failure { _ = try await service.missing(in: id, as: account) },
                        try await failure {
                            _ = try await service.receive(id, at: 0, length: nil, body: bytes([1]), as: account)
                        },
                        try await failure { _ = try await service.commit(id, hashes: bytes([]), as: account) },
                        try await failure { try await service.cancel(id, as: account) },
                        try await failure { _ = try await service.tree(id, of: account) },
                    ]
                    for answer in answers {
                        #expect(answer?.code == .notFound)
                        #expect(answer?.message == "there is no upload \(id)")
                    }
                }
            }
            let committed = try await world.upload(Self.files, as: world.alice)
            let tree = try await service.tree(committed, of: world.alice)
            #expect(try await code { _ = try await service.tree(tree.id, of: world.bob) } == .notFound)
        }
    }

    @Test(arguments: [
        #"{"path":"../x","type":"file","size":1}"#, #"{"path":"/x","type":"file","size":1}"#, "no JSON", "{}",
    ])
    func aBadManifestLeavesNothing(line: String) async throws {
        try await World.with { world in
            let before = try await world.leftovers()
            await #expect(throws: FloydError.self) {
                try await world.uploads().begin(manifest: bytes(Array((line + "\n").utf8)), as: world.alice)
            }
            #expect(try await world.leftovers() == before)
            #expect(try FileManager.default.contentsOfDirectory(atPath: "\(world.folder.blobs)/uploads").isEmpty)
        }
    }

    @Test func aManifestThatBreaksOffLeavesNothing() async throws {
        try await World.with { world in
            struct Broken: Error {}
            let sent = Lock(false)
            await #expect(throws: Broken.self) {
                try await world.uploads().begin(
                    manifest: {
                        if sent.value { throw Broken() }
                        sent.value = true
                        return Array(Self.files.prefix(1)).manifest
                    },
                    as: world.alice
                )
            }
            let names = try FileManager.default.contentsOfDirectory(atPath: "\(world.folder.blobs)/uploads")
            #expect(names.isEmpty)
        }
    }

    @Test func whatIsCancelledIsGone() async throws {
        try await World.with { world in
            let service = world.uploads()
            let upload = try await begun(world)
            try await service.cancel(upload.id, as: world.alice)
            #expect(try await code { _ = try await service.upload(upload.id, as: world.alice) } == .notFound)
            #expect(try world.blobs.uploadIDs().isEmpty)
            let committed = try await world.upload(Self.files, as: world.alice)
            #expect(try await code { try await service.cancel(committed, as: world.alice) } == .conflict)
        }
    }

    @Test func whatNobodyFinishesExpires() async throws {
        try await World.with { world in
            let service = world.uploads(expiry: .seconds(600))
            let upload = try await service.begin(manifest: bytes(Self.files.manifest), as: world.alice)
            let committed = try await world.upload([.file("x", "kept")], as: world.alice)
            #expect(try await service.removeExpired(now: Date().addingTimeInterval(590)) == 0)
            #expect(try await service.removeExpired(now: Date().addingTimeInterval(610)) == 1)
            #expect(try await code { _ = try await service.upload(upload.id, as: world.alice) } == .notFound)
            #expect(try world.blobs.uploadIDs().isEmpty)
            #expect(try await service.tree(committed, of: world.alice).files == 1)
        }
    }

    @Test func eachReceiveAndCommitRenewsTheTime() async throws {
        try await World.with { world in
            let start = Date()
            let seconds = Lock(0.0)
            let service = world.uploads(expiry: .seconds(600)) { start + seconds.value }
            let upload = try await service.begin(manifest: bytes(Self.files.manifest), as: world.alice)
            func expiry() async throws -> Double? {
                try await service.upload(upload.id, as: world.alice).expires.map {
                    $0.timeIntervalSince(start).rounded()
                }
            }
            func send(_ range: Range<Int>, until end: Double? = nil) async throws {
                let rest = Lock([Array(Self.stream[range])])
                let body: ByteSource = {
                    guard let piece = rest.value.popLast() else { return nil }
                    if let end {
                        seconds.value = end
                        // Neither refused nor removed while it is received.
                        _ = try await service.missing(in: upload.id, as: world.alice)
                        #expect(try await service.removeExpired(now: start + end) == 0)
                    }
                    return piece
                }
                let offset = Int64(range.lowerBound)
                _ = try await service.receive(upload.id, at: offset, length: nil, body: body, as: world.alice)
            }
            #expect(try await expiry() == 600)
            // Too little to be written.
            seconds.value = 5
            try await send(0..<1)
            #expect(try await expiry() == 600)
            seconds.value = 590
            try await send(1..<2)
            #expect(try await expiry() == 1_190)
            // The folder is older than that, and stays with its row.
            seconds.value = 1_180
            #expect(try await service.removeExpired(now: start + 1_180) == 0)
            try await send(2..<17, until: 5_000)
            #expect(try await expiry() == 5_600)
            seconds.value = 5_590
            try await send(17..<18)
            seconds.value = 6_180
            let committed = try await service.commit(upload.id, hashes: bytes([]), as: world.alice)
            #expect(committed.state == .committed)
        }
    }

    @Test func anUploadIsRefusedWhenItsTimeIsOverAndGoesWithItsRow() async throws {
        try await World.with { world in
            let start = Date()
            let seconds = Lock(0.0)
            let service = world.uploads(expiry: .seconds(600)) { start + seconds.value }
            let upload = try await service.begin(manifest: bytes(Self.files.manifest), as: world.alice)
            seconds.value = 610
            #expect(try await code { _ = try await service.missing(in: upload.id, as: world.alice) } == .gone)
            #expect(
                try await code {
                    _ = try await service.receive(
                        upload.id,
                        at: 0,
                        length: 18,
                        body: bytes(Self.stream),
                        as: world.alice
                    )
                } == .gone
            )
            #expect(try await service.removeExpired(now: start + 610) == 1)
            #expect(try world.blobs.uploadIDs().isEmpty)
            #expect(try await world.store.uploads.get(upload.id) == nil)
        }
    }

    @Test func aFolderWithoutARowExpires() async throws {
        try await World.with { world in
            let service = world.uploads(expiry: .seconds(600))
            let upload = try await begun(world)
            // As after a crash between folder and row.
            try await world.store.uploads.delete(upload.id)
            #expect(try await service.removeExpired(now: Date()) == 0)
            #expect(try await service.removeExpired(now: Date().addingTimeInterval(610)) == 1)
            #expect(try world.blobs.uploadIDs().isEmpty)
        }
    }

    @Test func anUploadInWhichBytesArriveDoesNotExpire() async throws {
        try await World.with { world in
            let service = world.uploads(expiry: .seconds(600))
            let upload = try await service.begin(manifest: bytes(Self.files.manifest), as: world.alice)
            let pieces = Lock(0)
            let body: ByteSource = {
                pieces.value += 1
                if pieces.value > 1 { return nil }
                let removed = try await service.removeExpired(now: Date().addingTimeInterval(1_000))
                #expect(removed == 0)
                return Self.stream
            }
            let received = try await service.receive(upload.id, at: 0, length: nil, body: body, as: world.alice)
            #expect(received == 18)
        }
    }

    private static func pattern(_ count: Int, _ seed: Int) -> [UInt8] {
        // Of a length that no window has, so that every window is another.
        let block = (0..<65_537).map { UInt8(truncatingIfNeeded: ($0 &* 31 &+ seed) ^ ($0 >> 9)) }
        var bytes: [UInt8] = []
        while bytes.count < count { bytes.append(contentsOf: block) }
        bytes.removeLast(bytes.count - count)
        return bytes
    }

    /// Small files, large ones, and large ones at once behind each other, in pieces that end anywhere; the connection breaks once on the way.
    @Test(arguments: [5_000, 300_000, 1 << 20, 3_000_001, 40_000_000])
    func largeFilesComeByWayOfRooms(_ piece: Int) async throws {
        let sizes = [10, 5 << 20, 1_000, (8 << 20) + 7, 4 << 20, 3 << 20, 1]
        let contents = sizes.enumerated().map { Self.pattern($1, $0) }
        let entries = sizes.enumerated().map { ManifestEntry(path: "\($0)", kind: .file, size: Int64($1)) }
        let stream = contents.reduce(into: []) { $0.append(contentsOf: $1) }
        try await World.with { world in
            let service = world.uploads()
            let manifest = entries.flatMap { ManifestCoding.line($0) }
            let upload = try await service.begin(manifest: bytes(manifest), as: world.alice)
            struct Broken: Error {}
            let cut = 9_999_999
            let first = bytes(Array(stream[..<cut]), piece: piece)
            await #expect(throws: Broken.self) {
                try await service.receive(
                    upload.id,
                    at: 0,
                    length: nil,
                    body: {
                        if let piece = try await first() { return piece }
                        throw Broken()
                    },
                    as: world.alice
                )
            }
            // What came before the break was kept, all of it.
            #expect(try await service.upload(upload.id, as: world.alice).offset == Int64(cut))
            let rest = bytes(Array(stream[cut...]), piece: piece)
            let total = try await service.receive(
                upload.id,
                at: Int64(cut),
                length: Int64(stream.count - cut),
                body: rest,
                as: world.alice
            )
            #expect(total == Int64(stream.count))
            let hashes = contents.map { Hex.string(FileHasher.hash($0, .blake3).bytes) + "\n" }.joined()
            let committed = try await service.commit(upload.id, hashes: bytes(Array(hashes.utf8)), as: world.alice)
            #expect(committed.state == .committed)
        }
    }

    @Test func ofABodyThatIsTooLongALargeFileIsKept() async throws {
        let content = Self.pattern(5 << 20, 3)
        try await World.with { world in
            let service = world.uploads()
            let manifest = ManifestCoding.line(ManifestEntry(path: "a", kind: .file, size: Int64(content.count)))
            let upload = try await service.begin(manifest: bytes(manifest), as: world.alice)
            let code = try await code {
                let body = bytes(content + [1, 2, 3], piece: 700_000)
                _ = try await service.receive(upload.id, at: 0, length: nil, body: body, as: world.alice)
            }
            #expect(code == .tooLarge)
            #expect(try await service.upload(upload.id, as: world.alice).offset == Int64(content.count))
        }
    }

    /// A connection that broke may have left a request that has the upload for a moment yet.
    @Test func aCommitWaitsForWhoHasTheUpload() async throws {
        try await World.with { world in
            let service = world.uploads()
            let upload = try await begun(world)
            _ = try await service.receive(upload.id, at: 0, length: nil, body: bytes(Self.stream), as: world.alice)
            let late = try world.blobs.upload(upload.id).receive(at: Int64(Self.stream.count))
            let begins = AsyncStream.makeStream(of: Void.self)
            async let committed = service.commit(
                upload.id,
                hashes: {
                    begins.continuation.finish()
                    return nil
                },
                as: world.alice
            )
            for await _ in begins.stream {}
            // Time for the attempt that finds it taken; without it this tests less, and fails no more.
            try await Task.sleep(for: .milliseconds(20))
            // Nor does it keep the collector out meanwhile.
            if let lock = try world.blobs.gate.close(within: .seconds(2)) {
                _ = consume lock
            } else {
                Issue.record("it does")
            }
            try late.finish()
            #expect(try await committed.state == .committed)
        }
    }

    /// Who comes second finds the folder gone, at one moment or another.
    @Test func commitsAndQuestionsAtTheSameTimeAllHearOfTheTree() async throws {
        try await World.with { world in
            let service = world.uploads()
            for number in 0..<20 {
                let file = TestFile.file("a", "text \(number)")
                let upload = try await begun(world, [file])
                let body = bytes(Array("text \(number)".utf8))
                _ = try await service.receive(upload.id, at: 0, length: nil, body: body, as: world.alice)
                try await withThrowingTaskGroup(of: UploadResponse.self) { group in
                    for _ in 0..<3 {
                        group.addTask { try await service.commit(upload.id, hashes: bytes([]), as: world.alice) }
                        group.addTask { try await service.upload(upload.id, as: world.alice) }
                    }
                    for try await answer in group { #expect(answer.offset == upload.length) }
                }
            }
        }
    }

    @Test func aCommitAfterACrashBetweenDiskAndDatabaseIsRepeated() async throws {
        try await World.with { world in
            let service = world.uploads()
            let upload = try await begun(world)
            _ = try await service.receive(upload.id, at: 0, length: nil, body: bytes(Self.stream), as: world.alice)
            _ = try world.blobs.upload(upload.id).commit()
            #expect(try await service.commit(upload.id, hashes: bytes([]), as: world.alice).state == .committed)
        }
    }
}
