import FloydAPI
import FloydBlobs
import FloydModel
import FloydOS
import FloydStore
import FloydTree
import Foundation
import Synchronization
import Testing

@testable import FloydCore

@Suite struct StorageGuardTests {
    private func uploads(_ world: World, _ storage: StorageGuard) -> UploadService {
        UploadService(
            store: world.store,
            blobs: world.blobs,
            pool: world.pool,
            expiry: .seconds(60),
            trees: world.trees(storage)
        )
    }

    private func storage(
        _ world: World,
        quota: Int64 = 0,
        quotas: [String: Int64] = [:],
        reserve: Int64 = 0,
        free: @escaping @Sendable () -> Int64? = { 1_000 }
    ) throws -> StorageGuard {
        var settings = ServerConfiguration.StorageSettings()
        settings.quota = quota
        for (name, bytes) in quotas { settings.quotas[try Name(name)] = bytes }
        return StorageGuard(store: world.store, blobs: world.blobs, settings: settings, reserve: reserve, free: free)
    }

    @Test func theUsualReserveIsATwentiethUpToTen() {
        #expect(StorageGuard.usualReserve(100 << 30) == 5 << 30)
        #expect(StorageGuard.usualReserve(10 << 40) == 10 << 30)
    }

    @Test func anUploadOverTheQuotaIsRefusedAndLeavesNothing() async throws {
        try await World.with { world in
            let service = uploads(world, try storage(world, quota: 10, quotas: ["bob": 100, "root": 0]))
            let eleven = bytes([TestFile.file("a", "eleven byte")].manifest)
            let error = try await failure { _ = try await service.begin(manifest: eleven, as: world.alice) }
            #expect(error?.code == .outOfSpace)
            #expect(error?.hint?.contains("data delete") == true)
            #expect(error?.hint?.contains("data uploads") == false)
            #expect(try world.blobs.uploadIDs().isEmpty)
            #expect(try await world.store.usage.bytes(of: world.alice.id) == 0)
            for account in [world.bob, world.admin] {
                let again = bytes([TestFile.file("a", "eleven byte")].manifest)
                #expect(try await service.begin(manifest: again, as: account).length == 11)
            }
            // What is under way counts.
            let six = try await service.begin(manifest: bytes([TestFile.file("a", "sixsix")].manifest), as: world.alice)
            let other = bytes([TestFile.file("a", "other")].manifest)
            let second = try await failure { _ = try await service.begin(manifest: other, as: world.alice) }
            #expect(second?.code == .outOfSpace)
            #expect(second?.hint?.contains("Unfinished uploads hold 6 bytes: `floydlite data uploads`") == true)
            try await service.cancel(six.id, as: world.alice)
            let third = bytes([TestFile.file("a", "other")].manifest)
            #expect(try await service.begin(manifest: third, as: world.alice).length == 5)
        }
    }

    @Test func theDisksReserveIsLeft() async throws {
        try await World.with { world in
            let free = Lock<Int64>(1_000)
            let service = uploads(world, try storage(world, reserve: 990) { free.value })
            let eleven = bytes([TestFile.file("a", "eleven byte")].manifest)
            #expect(try await code { _ = try await service.begin(manifest: eleven, as: world.alice) } == .outOfSpace)
            let upload = try await service.begin(
                manifest: bytes([TestFile.file("a", "ten bytes!")].manifest),
                as: world.alice
            )
            // The disk fills meanwhile: what came stays, and it goes on when there is room.
            let pieces = Lock(0)
            let body: ByteSource = {
                pieces.value += 1
                switch pieces.value {
                case 1: return Array("ten ".utf8)
                case 2:
                    free.value = 5
                    return Array("bytes!".utf8)
                default: return nil
                }
            }
            let error = try await failure {
                _ = try await service.receive(upload.id, at: 0, length: 10, body: body, as: world.alice)
            }
            #expect(error?.code == .outOfSpace)
            let offset = try await service.upload(upload.id, as: world.alice).offset
            #expect(offset == 0 || offset == 4)
            free.value = 1_000
            let rest = bytes(Array("ten bytes!".utf8.dropFirst(Int(offset))))
            #expect(try await service.receive(upload.id, at: offset, length: nil, body: rest, as: world.alice) == 10)
            #expect(try await service.commit(upload.id, hashes: bytes([]), as: world.alice).state == .committed)
        }
    }

    @Test func aTreeCountsOnlyWhatItAdds() async throws {
        try await World.with { world in
            _ = try await world.upload([.file("a", "five5")], as: world.alice)
            let trees = world.trees(try storage(world, quota: 8))
            func add(_ files: [String: String]) async throws -> TreeRecord {
                try await trees.add(for: world.alice.id, materialising: false) { intake in
                    for (name, text) in files.sorted(by: { $0.key < $1.key }) {
                        let path = "\(world.root)/\(name)"
                        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
                        let file = open(path, O_RDONLY)
                        try intake.addFile(name, executable: false, copying: .init(owning: file))
                    }
                }
            }
            #expect(try await add(["b": "five5", "c": "thr"]).bytes == 8)
            #expect(try await code { _ = try await add(["b": "five5", "d": "x"]) } == .outOfSpace)
            // What is there already is never over.
            #expect(try await add(["e": "five5"]).files == 1)
        }
    }

    /// The bytes of the first file are few, and the second gets all of its space with the piece that begins it.
    @Test func aLargeFileBehindASmallOneLeavesTheReserve() async throws {
        try await World.with { world in
            let free = Mutex<Int64>(100 << 20)
            let service = uploads(world, try storage(world, reserve: 50 << 20, free: { free.withLock { $0 } }))
            let sizes: [Int64] = [10, 20 << 20]
            let entries = sizes.enumerated().map { ManifestEntry(path: "\($0)", kind: .file, size: $1) }
            let manifest = bytes(entries.flatMap { ManifestCoding.line($0) })
            let upload = try await service.begin(manifest: manifest, as: world.alice)
            free.withLock { $0 = 60 << 20 }
            func send() async throws {
                let body = bytes([UInt8](repeating: 7, count: 100))
                _ = try await service.receive(upload.id, at: 0, length: nil, body: body, as: world.alice)
            }
            #expect(try await code { try await send() } == .outOfSpace)
            // The small one had room.
            #expect(try await service.upload(upload.id, as: world.alice).offset == 10)
        }
    }
}
