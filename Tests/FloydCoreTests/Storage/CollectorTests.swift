import FloydAPI
import FloydBlobs
import FloydModel
import FloydTree
import FloydStore
import Foundation
import Testing

@testable import FloydCore

@Suite struct CollectorTests {
    private let dataset = Reference(.name(owner: nil, name: .numbers, number: nil))

    private func collector(_ world: World) -> Collector {
        Collector(store: world.store, blobs: world.blobs, uploads: world.uploads(), pool: world.pool)
    }

    private func versions(_ world: World) -> VersionService {
        VersionService(store: world.store, blobs: world.blobs, pool: world.pool, wake: Wake())
    }

    private func add(_ files: [TestFile], _ world: World) async throws -> DatasetVersionResponse {
        _ = try await world.data.createDataset(.numbers, as: world.alice)
        let upload = try await world.upload(files, as: world.alice)
        return try await world.data.addVersion(to: dataset, .init(upload: upload), as: world.alice)
    }

    private func inspect(_ world: World, isRepairing: Bool = false) throws -> (InspectionReport, [String]) {
        let lines = Lock<[String]>([])
        let report = try StoreInspection(
            store: world.store,
            blobs: world.blobs,
            isQuick: false,
            isRepairing: isRepairing,
            tell: { lines.value.append($0) }
        ).run()
        return (report, lines.value)
    }

    @Test func theCodeOfADeletedJobIsCollectedUnlessAnotherHasIt() async throws {
        try await World.with { world in
            let later = Date().addingTimeInterval(200_000)
            let jobs = try world.jobs()
            let job = try await world.stopper.stop(world.submit(), by: world.alice)
            let other = try await jobs.restart(Reference(.id(job.id)), .init(), once: nil, as: world.alice)
            _ = try await world.stopper.stop(world.job(other.id), by: world.alice)
            let used = try await world.store.usage.bytes(of: world.alice.id)
            #expect(used > 0)
            try await jobs.delete(job: Reference(.id(job.id)), as: world.alice)
            #expect(try await collector(world).collect(isDryRun: false, now: later).contents == 0)
            #expect(try await world.store.usage.bytes(of: world.alice.id) == used)
            try await jobs.delete(job: Reference(.id(other.id)), as: world.alice)
            let report = try await collector(world).collect(isDryRun: false, now: later)
            #expect(report.trees == 1 && report.contents == 1)
            #expect(try await world.store.usage.bytes(of: world.alice.id) == 0)
            let (inspection, flaws) = try inspect(world)
            #expect(flaws.isEmpty && inspection.contents == 0)
        }
    }

    @Test func whatAVersionLeavesIsCollected() async throws {
        try await World.with { world in
            let first = try await add([.file("a", "shared"), .file("b", "first")], world)
            let second = try await add([.file("a", "shared"), .file("b", "second")], world)
            #expect(second.shared == 6)
            let now = Date().addingTimeInterval(1)
            #expect(try await collector(world).collect(isDryRun: false, now: now).contents == 0)
            try await versions(world).delete(Reference(.id(first.id)), as: world.alice)
            let dry = try await collector(world).collect(isDryRun: true, now: now)
            #expect(dry.trees == 1 && dry.contents == 1)
            let report = try await collector(world).collect(isDryRun: false, now: now)
            #expect(report.trees == 1 && report.contents == 1 && report.bytes > 5)
            #expect(try await collector(world).collect(isDryRun: false, now: now).isEmpty)
            let (inspection, flaws) = try inspect(world)
            #expect(flaws.isEmpty)
            #expect(inspection.trees == 1 && inspection.contents == 2 && inspection.unreferenced == 0)
            // The same again is a new version.
            let third = try await add([.file("a", "shared"), .file("b", "first")], world)
            #expect(third.number == 3)
            #expect(try inspect(world).1.isEmpty)
        }
    }

    @Test func oneThatIsCancelledLeavesTheRestToTheNext() async throws {
        try await World.with { world in
            for text in ["first", "second", "third"] {
                let version = try await add([.file("a", text)], world)
                if text != "third" { try await versions(world).delete(Reference(.id(version.id)), as: world.alice) }
            }
            let now = Date().addingTimeInterval(1)
            let collector = collector(world)
            let cancelled = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                return try await collector.collect(isDryRun: false, now: now)
            }
            let report = await cancelled.result
            #expect(throws: CancellationError.self) { try report.get() }
            #expect(try inspect(world).1.isEmpty)
            // Another has forgotten the trees, and waits for whoever plans an upload.
            let passage = try world.blobs.gate.pass()
            let late = Task { try await collector.collect(isDryRun: false, now: now) }
            while try await !world.store.collection.unneededTrees(at: now, limit: 1).isEmpty { await Task.yield() }
            late.cancel()
            _ = consume passage
            _ = await late.result
            #expect(try inspect(world).0.contents == 3)
            let next = try await collector.collect(isDryRun: false, now: now)
            #expect(next.trees == 2 && next.contents == 2)
            let (inspection, flaws) = try inspect(world)
            #expect(flaws.isEmpty)
            #expect(inspection.trees == 1 && inspection.contents == 1 && inspection.unreferenced == 0)
        }
    }

    @Test func anUploadUnderWayKeepsWhatItCountsOn() async throws {
        try await World.with { world in
            let first = try await add([.file("a", "shared")], world)
            let files: [TestFile] = [.file("a", "shared"), .file("c", "new")]
            let uploads = world.uploads()
            let upload = try await uploads.begin(manifest: bytes(files.manifest), as: world.alice)
            #expect(upload.length == 3)
            try await versions(world).delete(Reference(.id(first.id)), as: world.alice)
            let report = try await collector(world).collect(isDryRun: false, now: Date().addingTimeInterval(1))
            #expect(report.trees == 1 && report.contents == 0)
            _ = try await uploads.receive(upload.id, at: 0, length: 3, body: bytes(Array("new".utf8)), as: world.alice)
            #expect(try await uploads.commit(upload.id, hashes: bytes([]), as: world.alice).state == .committed)
            #expect(try inspect(world).1.isEmpty)
        }
    }

    @Test func expiredUploadsGoWithWhatTheyBrought() async throws {
        try await World.with { world in
            let upload = try await world.uploads().begin(
                manifest: bytes([TestFile.file("a", "never sent")].manifest),
                as: world.alice
            )
            let now = Date().addingTimeInterval(7_200)
            #expect(try await collector(world).collect(isDryRun: true, now: now).expiredUploads == 1)
            #expect(try await collector(world).collect(isDryRun: false, now: now).expiredUploads == 1)
            #expect(try world.blobs.uploadIDs().isEmpty)
            #expect(try await code { _ = try await world.uploads().upload(upload.id, as: world.alice) } == .notFound)
        }
    }

    @Test func aTreeThatSomebodyWasToldOfIsKeptForThem() async throws {
        try await World.with { world in
            let files: [TestFile] = [.file("a", "again")]
            let first = try await add(files, world)
            let keeping = UploadService(
                store: world.store,
                blobs: world.blobs,
                pool: world.pool,
                expiry: .seconds(60),
                trees: world.trees(grace: .seconds(600))
            )
            let known = try await keeping.begin(manifest: bytes(files.manifest), as: world.alice)
            #expect(known.state == .committed)
            try await versions(world).delete(Reference(.id(first.id)), as: world.alice)
            let soon = Date().addingTimeInterval(300)
            #expect(try await collector(world).collect(isDryRun: false, now: soon).trees == 0)
            let again = try await world.data.addVersion(to: dataset, .init(upload: known.id), as: world.alice)
            #expect(again.number == 2)
        }
    }

    @Test func damageIsToldAndMended() async throws {
        try await World.with { world in
            let version = try await add([.file("a", "alpha"), .file("b", "beta")], world)
            let tree = try await world.store.references.version(Reference(.id(version.id)), asking: world.alice)
            let folder = "\(world.blobs.materialisedFolder)/\(tree.digest.map { String(format: "%02x", $0) }.joined())"
            _ = try world.blobs.materialise(Array(tree.digest))
            unlink("\(folder)/b")
            try Data().write(to: URL(fileURLWithPath: "\(world.blobs.folder)/notes"))
            #expect(try inspect(world).0.damages == 2)
            let (mended, lines) = try inspect(world, isRepairing: true)
            #expect(mended.damages == 0 && mended.repairs == 2, "\(lines)")
            #expect(try inspect(world).0.damages == 0)

            // A content that a tree needs is told of, and stays.
            let content = try contentPath("alpha", world)
            chmod(content, 0o644)
            try Data("alphA".utf8).write(to: URL(fileURLWithPath: content))
            chmod(content, 0o444)
            let (report, flaws) = try inspect(world, isRepairing: true)
            #expect(report.damages >= 1)
            #expect(flaws.contains { $0.contains("hash is wrong") })
            #expect(FileManager.default.fileExists(atPath: content))
            unlink(content)
            #expect(try inspect(world).1.contains { $0.contains("\"a\" is missing") })
            // One that nothing needs goes.
            try await versions(world).delete(Reference(.id(version.id)), as: world.alice)
            let beta = try contentPath("beta", world)
            _ = try await collector(world).collect(isDryRun: false, now: Date().addingTimeInterval(1))
            #expect(!FileManager.default.fileExists(atPath: beta))
            try Data("betA".utf8).write(to: URL(fileURLWithPath: beta))
            chmod(beta, 0o444)
            #expect(try inspect(world).0.damages == 1)
            #expect(try inspect(world, isRepairing: true).0.repairs == 1)
            #expect(try inspect(world).0.damages == 0)
        }
    }

    private func contentPath(_ text: String, _ world: World) throws -> String {
        let hash = try #require(TestFile.file("x", text).entry.hash).bytes.map { String(format: "%02x", $0) }.joined()
        return "\(world.blobs.folder)/contents/\(hash.prefix(2))/\(hash.dropFirst(2))"
    }

    @Test func aVersionIsVerifiedWithItsDamageNamed() async throws {
        try await World.with { world in
            let version = try await add([.file("a", "alpha"), .file("b", "beta"), .file("c", "")], world)
            let reference = Reference(.id(version.id))
            func verify() async throws -> [VerifyMessage] {
                var messages: [VerifyMessage] = []
                for await message in try await versions(world).verify(reference, as: world.alice) {
                    messages.append(message)
                }
                return messages
            }
            #expect(try await verify() == [VerifyMessage(files: 3, bytes: 9, result: .whole)])
            let content = try contentPath("beta", world)
            chmod(content, 0o644)
            try Data("betA".utf8).write(to: URL(fileURLWithPath: content))
            chmod(content, 0o444)
            let messages = try await verify()
            #expect(messages.count == 2)
            #expect(messages.first?.damaged?.path == "b")
            #expect(messages.last?.result == .damaged)
            #expect(
                try await code { _ = try await versions(world).verify(reference, as: world.bob) } == .datasetNotFound
            )
        }
    }

    @Test func onlyOnesOwnVersionsAreDeletedAndOnlyByTheirNumber() async throws {
        try await World.with { world in
            let version = try await add([.file("a", "alpha")], world)
            let service = versions(world)
            let full = try Reference(parsing: "alice/datasets/numbers/1")
            #expect(try await code { try await service.delete(full, as: world.bob) } == .datasetNotFound)
            #expect(try await code { try await service.delete(dataset, as: world.alice) } == .invalidRequest)
            let resource = try await world.data.dataset(dataset, as: world.alice)
            let byID = Reference(.id(resource.id))
            #expect(try await code { try await service.delete(byID, as: world.alice) } == .invalidRequest)
            try await service.delete(full, as: world.admin)
            #expect(try await world.store.versions.get(version.id) == nil)
        }
    }
}

extension Name {
    fileprivate static let numbers: Name = {
        guard let name = try? Name("numbers") else { preconditionFailure("numbers is a name") }
        return name
    }()
}
