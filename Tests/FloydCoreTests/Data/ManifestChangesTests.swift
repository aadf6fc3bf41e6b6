import FloydAPI
import FloydBlobs
import FloydModel
import FloydStore
import FloydTree
import Foundation
import Testing

@testable import FloydCore

/// Uploads whose manifest is told from the account's tree of before.
@Suite struct ManifestChangesTests {
    private static let old: [TestFile] = [
        .file("a", "alpha"), .file("b", "beta"), .file("c", "gamma"), .file("d", "alpha"), .file("e", ""),
    ]
    private static let new: [TestFile] = [
        .file("a", "alpha"), .file("b", "another"), .file("c", "gamma"), .file("e", ""), .file("f", "new"),
    ]
    private static let text = changes(["b": new[1].entry, "d": nil, "f": new[4].entry])

    private static func changes(_ entries: [String: ManifestEntry?]) -> [UInt8] {
        var text: [UInt8] = []
        for (path, entry) in entries.sorted(by: { $0.key < $1.key }) {
            if let entry {
                ManifestCoding.append(entry, to: &text)
            } else {
                ManifestCoding.appendRemoval(of: path, to: &text)
            }
        }
        return text
    }

    private static func base(_ old: [TestFile] = old, _ new: [TestFile] = new) -> ManifestBase {
        ManifestBase(base: FileHasher.sha256(old.manifest), result: FileHasher.sha256(new.manifest))
    }

    private func begin(
        _ text: [UInt8] = text,
        from base: ManifestBase = base(),
        as account: Account,
        _ world: World
    ) async throws -> UploadResponse {
        try await world.uploads().begin(manifest: bytes(text, piece: 50), from: base, once: nil, as: account)
    }

    private func inspect(_ world: World) throws -> InspectionReport {
        try StoreInspection(
            store: world.store,
            blobs: world.blobs,
            isQuick: false,
            isRepairing: false,
            tell: { Issue.record("\($0)") }
        ).run()
    }

    private func collect(_ world: World) async throws -> CollectionReport {
        let uploads = world.uploads(expiry: .seconds(9_000))
        return try await Collector(store: world.store, blobs: world.blobs, uploads: uploads, pool: world.pool)
            .collect(isDryRun: false, now: Date().addingTimeInterval(7_200))
    }

    private func finish(_ upload: UploadResponse, as account: Account, _ world: World) async throws -> TreeRecord {
        let service = world.uploads()
        let missing = try await String(contentsOfFile: service.missing(in: upload.id, as: account), encoding: .utf8)
        let stream = missing.split(separator: "\n").compactMap { Int($0) }.flatMap { Self.new[$0].bytes }
        _ = try await service.receive(upload.id, at: 0, length: nil, body: bytes(stream), as: account)
        #expect(try await service.commit(upload.id, hashes: bytes([]), as: account).state == .committed)
        return try await service.tree(upload.id, of: account)
    }

    @Test func onlyWhatIsDifferentIsAskedForAndWritten() async throws {
        try await World.with { world in
            _ = try await world.upload(Self.old, as: world.alice)
            let upload = try await begin(as: world.alice, world)
            #expect(upload.files == 5 && upload.missing == 2 && upload.length == 10)
            #expect(upload.size == Self.new.reduce(0) { $0 + $1.entry.size })
            let path = try await world.uploads().missing(in: upload.id, as: world.alice)
            #expect(try String(contentsOfFile: path, encoding: .utf8) == "1\n4\n")
            let tree = try await finish(upload, as: world.alice, world)
            #expect(Array(tree.digest) == Self.base().result)
            var paths: [String] = []
            try world.blobs.forEachEntry(of: Array(tree.digest)) { paths.append($0.path) }
            #expect(paths == Self.new.map(\.entry.path))
            let listings = try world.store.trees.inventory()
            #expect(listings.map(\.contents).sorted() == [3, 4])
            #expect(try inspect(world).trees == 2)
            // Nothing is to be sent of one that is there, and nothing of one that is the same.
            #expect(try await begin(as: world.alice, world).state == .committed)
            #expect(try await begin([], from: Self.base(Self.new), as: world.alice, world).state == .committed)
        }
    }

    @Test func anothersTreeIsAnsweredAsNone() async throws {
        try await World.with { world in
            _ = try await world.upload(Self.old, as: world.bob)
            func refusal(_ base: ManifestBase) async -> FloydError? {
                do {
                    _ = try await begin(from: base, as: world.alice, world)
                    return nil
                } catch {
                    return error as? FloydError
                }
            }
            let (there, absent) = (Self.base(), Self.base([.file("x", "nobody has this")]))
            let (one, other) = (await refusal(there), await refusal(absent))
            #expect(one?.code == .baseMismatch)
            #expect(
                one?.message == other?.message.replacing(Hex.string(absent.base), with: Hex.string(there.base))
            )
            #expect(one?.hint == other?.hint)
            // Nor are another's contents there because a tree of one's own is.
            _ = try await world.upload([.file("a", "alpha")], as: world.alice)
            let told = Self.changes(["b": Self.old[1].entry])
            let result: [TestFile] = [.file("a", "alpha"), Self.old[1]]
            let base = Self.base([.file("a", "alpha")], result)
            #expect(try await begin(told, from: base, as: world.alice, world).missing == 1)
        }
    }

    @Test func whatComesOutMustBeWhatWasNamed() async throws {
        try await World.with { world in
            _ = try await world.upload(Self.old, as: world.alice)
            let lie = Self.base(Self.old, Self.old)
            #expect(try await code { _ = try await begin(from: lie, as: world.alice, world) } == .baseMismatch)
            let absent = Self.changes(["x": nil])
            #expect(try await code { _ = try await begin(absent, as: world.alice, world) } == .baseMismatch)
            let outside = Array("{\"path\":\"../x\",\"type\":\"dir\"}\n".utf8)
            #expect(try await code { _ = try await begin(outside, as: world.alice, world) } == .invalidPath)
            let uploads = try FileManager.default.contentsOfDirectory(atPath: "\(world.blobs.folder)/uploads")
            #expect(uploads.isEmpty)
        }
    }

    @Test func theBaseMayGoWhileTheUploadIsUnderWay() async throws {
        try await World.with { world in
            _ = try await world.upload(Self.old, as: world.alice)
            let upload = try await world.uploads(expiry: .seconds(9_000)).begin(
                manifest: bytes(Self.text),
                from: Self.base(),
                once: nil,
                as: world.alice
            )
            let report = try await collect(world)
            #expect(report.trees == 1 && report.contents == 1, "the one that the base alone had")
            let tree = try await finish(upload, as: world.alice, world)
            #expect(tree.files == 5)
            #expect(try inspect(world).trees == 1)
            #expect(try await code { _ = try await begin(as: world.alice, world) } == .baseMismatch)
            #expect(try await collect(world).contents == 0)
            #expect(try inspect(world).damages == 0)
        }
    }

    @Test func aBaseThatGoesBeforeTheUploadHasItsNameIsMissed() async throws {
        try await World.with { world in
            _ = try await world.upload(Self.old, as: world.alice)
            let base = TreeBase(
                digest: Self.base().base,
                files: 5,
                bytes: 19,
                result: Self.base().result
            )
            let receiver = try world.blobs.beginUpload(ObjectID(), from: base)
            try receiver.append(Self.text)
            var draft = try receiver.finish()
            #expect(try await code { try draft.planMissing(isReachable: { $0.map { _ in true } }) } == .baseMismatch)
            try draft.planMissing(isBaseThere: { $0 == base.digest }, isReachable: { $0.map { _ in false } })
            #expect(draft.totals.missing == 2)
        }
    }
}
