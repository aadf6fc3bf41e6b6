import FloydAPI
import FloydBlobs
import FloydFrames
import FloydModel
import FloydOS
import FloydStore
import FloydTree
import Foundation
import Logging
import Testing

@testable import FloydCore

/// With programs in place of the one that reads archives: what they say is another's to test, what is made of it is ours.
@Suite struct ArchiveServiceTests {
    private struct Parts {
        let service: ArchiveService
        let settlement: ArchiveSettlement
    }

    /// - Parameters:
    ///   - script: what stands in for the program; its standard input is the archive.
    ///   - storage: nil: room without end.
    private func parts(
        _ world: World,
        _ script: String,
        patience: Duration = .seconds(30),
        storage: StorageGuard? = nil
    ) throws -> Parts {
        let program = "\(world.root)/unpack"
        try Data("#!/bin/sh\n\(script)\n".utf8).write(to: URL(filePath: program))
        chmod(program, 0o755)
        let unpacker = ArchiveUnpacker(
            keeping: world.trees(storage),
            program: UnpackProgram(program: program, root: world.folder.empty, identity: nil, patience: patience),
            limits: ArchiveLimits()
        )
        let queue = ArchiveQueue()
        return Parts(
            service: ArchiveService(unpacker: unpacker, queue: queue, maximumSize: 1_000_000, expiry: .seconds(3_600)),
            settlement: ArchiveSettlement(unpacker: unpacker, queue: queue, logger: Logger(label: "tests"))
        )
    }

    /// The frames of a tree with one file: archives here are what the program would say.
    private static let frames: [UInt8] = {
        var bytes: [UInt8] = []
        FrameCoding.append(UnpackedEntry(kind: .file, size: 5, path: Array("a".utf8)), to: &bytes)
        FrameCoding.appendDataHeader(length: 5, to: &bytes)
        bytes += Array("hello".utf8)
        FrameCoding.appendEnd(entries: 1, to: &bytes)
        return bytes
    }()

    private static let archive = NewArchive(dataset: "data", filename: "x.tar", message: nil)

    private func received(_ world: World, _ parts: Parts, _ bytes: [UInt8] = frames) async throws -> ObjectID {
        let upload = try await parts.service.begin(Self.archive, length: Int64(bytes.count), as: world.alice)
        let service = world.uploads()
        _ = try await service.receive(
            upload.id,
            at: 0,
            length: nil,
            body: FloydCoreTests.bytes(bytes, piece: 7),
            as: world.alice
        )
        return upload.id
    }

    private func uploadFolders(_ world: World) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "\(world.folder.blobs)/uploads")
    }

    @Test func anUploadBecomesOneVersionHoweverOftenItIsSettled() async throws {
        try await World.with { world in
            let parts = try parts(world, "cat")
            let id = try await received(world, parts)
            async let first = parts.settlement.settle(id)
            let second = await parts.settlement.settle(id)
            // One of the two finds the archive held.
            let both = [try? await first.get(), try? second.get()].compactMap { $0 }
            #expect(!both.isEmpty)
            let again = try await parts.settlement.settle(id).get()
            #expect(again.name.number == 1)
            #expect(again.message == "x.tar")
            let dataset = try await world.data.datasets(as: world.alice)
            #expect(dataset.map(\.name) == ["alice/datasets/data"])
            #expect(try await world.store.versions.list(.owner(world.alice.id), limit: 10).count == 1)
            let shown = try await world.uploads().upload(id, as: world.alice)
            #expect(shown.state == .committed)
            #expect(shown.archive?.version == "alice/datasets/data/1")
            #expect(shown.files == 1 && shown.size == 5 && shown.expires == nil)
            #expect(try uploadFolders(world).isEmpty)
        }
    }

    @Test func archivesAreListedAndCanBeGivenUp() async throws {
        try await World.with { world in
            let parts = try parts(world, "cat >/dev/null; exit 1")
            let service = world.uploads()
            func list() async throws -> [UploadResponse] {
                try await service.uploads(page: PageRequest(), as: world.alice).items
            }
            let whole = try await received(world, parts)
            #expect(try await list().map(\.state) == [.complete])
            #expect(try await list().first?.archive?.dataset.string == "data")
            // While it is unpacked it stays.
            do {
                let held = try world.blobs.upload(whole).holdArchive()
                #expect(try await code { try await service.cancel(whole, as: world.alice) } == .locked)
                withExtendedLifetime(held) {}
            }
            try await service.cancel(whole, as: world.alice)
            // Who unpacks it then finds that it is gone.
            await #expect(throws: FloydError.self) { try await parts.settlement.settle(whole).get() }

            var bytes: [UInt8] = []
            FrameCoding.append(UnpackedEntry(kind: .file, path: Array("../a".utf8)), to: &bytes)
            FrameCoding.appendEnd(entries: 1, to: &bytes)
            let refusing = try self.parts(world, "cat")
            let failed = try await received(world, refusing, bytes)
            _ = await refusing.settlement.settle(failed)
            #expect(try await list().map(\.id) == [failed])
            #expect(try await list().map(\.state) == [.failed])
            try await service.cancel(failed, as: world.alice)
            #expect(try await list().isEmpty)
            #expect(try await world.store.usage.bytes(of: world.alice.id) == 0)
        }
    }

    @Test func anArchiveThatIsToBlameFailsForGood() async throws {
        try await World.with { world in
            let parts = try parts(world, "cat")
            var bytes: [UInt8] = []
            FrameCoding.append(UnpackedEntry(kind: .file, path: Array("../a".utf8)), to: &bytes)
            FrameCoding.appendEnd(entries: 1, to: &bytes)
            let id = try await received(world, parts, bytes)
            #expect(try await code { _ = try await parts.settlement.settle(id).get() } == .invalidPath)
            #expect(try uploadFolders(world).isEmpty)
            let shown = try await world.uploads().upload(id, as: world.alice)
            #expect(shown.state == .failed)
            #expect(shown.offset == shown.length)
            #expect(shown.archive?.problem?.code == .invalidPath)
            #expect(try await code { _ = try await parts.service.settle(id, as: world.alice) } == .invalidPath)
            #expect(try await world.data.datasets(as: world.alice).isEmpty)
            #expect(try await world.store.archives.unfinished().isEmpty)
        }
    }

    /// What the program does is no archive's fault: it is tried again.
    @Test(arguments: [
        "exit 3", "kill -9 $$", "echo nonsense", "head -c 20", "head -c 47; exit 1",
    ])
    func troubleThatMayPassPasses(script: String) async throws {
        try await World.with { world in
            let broken = try parts(world, script)
            let id = try await received(world, broken)
            let error = try await failure { _ = try await broken.settlement.settle(id).get() }
            #expect(error?.code == .internalError || error?.code == .unavailable, "\(String(describing: error))")
            #expect(try uploadFolders(world) == ["\(id)"])
            #expect(try await world.uploads().upload(id, as: world.alice).state == .complete)
            #expect(try await parts(world, "cat").settlement.settle(id).get().name.number == 1)
        }
    }

    @Test func aProgramThatSaysNothingIsEnded() async throws {
        try await World.with { world in
            let parts = try parts(world, "exec sleep 600", patience: .milliseconds(50))
            let id = try await received(world, parts)
            #expect(try await code { _ = try await parts.settlement.settle(id).get() } == .tooLarge)
        }
    }

    @Test func whoLeavesTakesThePutWithThem() async throws {
        try await World.with { world in
            // It says when it is there, and then nothing more.
            let parts = try parts(world, "touch '\(world.root)/up'; exec sleep 600")
            let put = Task {
                try await parts.service.put(Self.archive, length: nil, body: bytes(Self.frames), as: world.alice)
            }
            while !FileManager.default.fileExists(atPath: "\(world.root)/up") { await Task.yield() }
            put.cancel()
            await #expect(throws: CancellationError.self) { try await put.value }
            #expect(try uploadFolders(world).isEmpty)
        }
    }

    /// A key with the fingerprint of what is read from the source that is returned with it.
    private func keyed(_ key: String, _ content: [UInt8]) -> (RequestKey, ByteSource) {
        let read = Lock<[UInt8]>([])
        let source = bytes(content, piece: 7)
        let counted: ByteSource = {
            guard let piece = try await source() else { return nil }
            read.value += piece
            return piece
        }
        return (RequestKey(key) { FileHasher.sha256(read.value) }, counted)
    }

    private func put(_ service: ArchiveService, _ key: String, _ content: [UInt8], _ world: World) async throws
        -> DatasetVersionResponse
    {
        let (key, source) = keyed(key, content)
        return try await service.put(Self.archive, length: nil, once: key, body: source, as: world.alice)
    }

    @Test func aRepeatedPutMakesOneVersionAndUnpacksNothing() async throws {
        try await World.with { world in
            let runs = "\(world.root)/runs"
            let service = try parts(world, "echo run >> '\(runs)'; cat").service
            let first = try await put(service, "k", Self.frames, world)
            let second = try await put(service, "k", Self.frames, world)
            #expect(try MessageCoding.encode(second) == MessageCoding.encode(first))
            #expect(first.name == "alice/datasets/data/1")
            #expect(try String(contentsOfFile: runs, encoding: .utf8) == "run\n")
            // Also where it would be refused by now.
            let broken = try parts(world, "exit 3").service
            #expect(try await put(broken, "k", Self.frames, world).id == first.id)
            // Other content with the key is another request, a longer and a shorter one too.
            for content in [Self.frames + [0], Self.frames.dropLast(), []] {
                let error = try await code { _ = try await put(service, "k", Array(content), world) }
                #expect(error == .idempotencyKeyReused)
            }
            #expect(try await put(parts(world, "cat").service, "new", Self.frames, world).number == 2)
            #expect(try uploadFolders(world).isEmpty)
        }
    }

    @Test func aPutThatFailedMayBeTriedAgainWithItsKey() async throws {
        try await World.with { world in
            let broken = try parts(world, "exit 3").service
            #expect(try await code { _ = try await put(broken, "k", Self.frames, world) } == .internalError)
            #expect(try await put(try parts(world, "cat").service, "k", Self.frames, world).number == 1)
        }
    }

    @Test func putsAtTheSameTimeMakeOneVersion() async throws {
        try await World.with { world in
            let service = try parts(world, "cat").service
            let versions = try await withThrowingTaskGroup(of: DatasetVersionResponse.self) { group in
                for _ in 0..<4 { group.addTask { try await put(service, "k", Self.frames, world) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(Set(versions.map(\.id)).count == 1)
            #expect(try await world.store.versions.list(.owner(world.alice.id), limit: 10).count == 1)
        }
    }

    @Test func whatWaitedIsFoundAfterARestart() async throws {
        try await World.with { world in
            let before = try parts(world, "cat")
            let id = try await received(world, before)
            _ = try await before.service.begin(Self.archive, length: 10, as: world.alice)
            let after = try parts(world, "cat")
            await after.settlement.addWaiting()
            after.settlement.queue.add(ObjectID())
            var found: [ObjectID] = []
            for await id in after.settlement.queue.ids {
                found.append(id)
                if found.count == 2 { break }
            }
            #expect(found.first == id)
        }
    }

    /// Of 1,000 bytes that are free, data leave 900: an archive takes some, and what it unpacks to takes more.
    @Test(
        .timeLimit(.minutes(1)),
        arguments: [(5, 80, nil), (5, 101, .outOfSpace), (101, 5, .outOfSpace)] as [(Int, Int, FloydError.Code?)]
    )
    func archivesLeaveTheReserve(_ archive: Int, _ file: Int, _ expected: FloydError.Code?) async throws {
        try await World.with { world in
            let storage = StorageGuard(
                store: world.store,
                blobs: world.blobs,
                settings: .init(),
                reserve: 900,
                free: { 1_000 }
            )
            var frames: [UInt8] = []
            FrameCoding.append(UnpackedEntry(kind: .file, size: Int64(file), path: Array("a".utf8)), to: &frames)
            FrameCoding.appendDataHeader(length: file, to: &frames)
            frames += [UInt8](repeating: 7, count: file)
            FrameCoding.appendEnd(entries: 1, to: &frames)
            let said = "\(world.root)/frames"
            try Data(frames).write(to: URL(filePath: said))
            let service = try parts(world, "exec cat \(said)", storage: storage).service
            for length in [nil, Int64(archive)] {
                let body = bytes([UInt8](repeating: 1, count: archive))
                let result = try await code {
                    _ = try await service.put(Self.archive, length: length, body: body, as: world.alice)
                }
                #expect(result == expected)
                // The last of the writing lets go of the folder on a thread of its own.
                while try !uploadFolders(world).isEmpty { await Task.yield() }
            }
        }
    }

    @Test func onlyOwnDatasetsAndWhatThereIsRoomFor() async throws {
        try await World.with { world in
            let service = try parts(world, "cat").service
            func begin(_ dataset: String, _ length: Int64 = 5, as account: Account) async throws -> FloydError.Code? {
                let archive = NewArchive(dataset: dataset, filename: nil, message: nil)
                return try await code { _ = try await service.begin(archive, length: length, as: account) }
            }
            _ = try await world.data.createDataset(Name("theirs"), as: world.bob)
            #expect(try await begin("mine", as: world.alice) == nil)
            #expect(try await begin("alice/mine", as: world.alice) == nil)
            #expect(try await begin("alice/datasets/mine", as: world.alice) == nil)
            #expect(try await begin("bob/datasets/theirs", as: world.alice) == .datasetNotFound)
            #expect(try await begin("bob/datasets/theirs", as: world.admin) == .forbidden)
            #expect(try await begin("mine/3", as: world.alice) == .invalidName)
            #expect(try await begin("alice/projects/mine", as: world.alice) == .invalidName)
            #expect(try await begin("..", as: world.alice) == .invalidName)
            #expect(try await begin("3", as: world.alice) == .invalidName)
            #expect(try await begin("mine", 0, as: world.alice) == .invalidRequest)
            #expect(try await begin("mine", 1_000_001, as: world.alice) == .tooLarge)
            // None is made before it has a version.
            #expect(try await world.data.datasets(as: world.alice).isEmpty)
        }
    }
}
