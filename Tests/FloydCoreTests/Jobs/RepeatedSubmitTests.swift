import FloydAPI
import FloydModel
import FloydStore
import Foundation
import Testing

@testable import FloydCore

@Suite struct RepeatedSubmitTests {
    private func key(_ name: String = "k", _ seed: UInt8 = 1) -> RequestKey {
        RequestKey(name) { [UInt8](repeating: seed, count: 32) }
    }

    @Test func theSecondAnswerIsTheFirst() async throws {
        try await World.with { world in
            let upload = try await world.upload([.file("main.py", "1")], as: world.alice)
            let request = SubmitJobRequest(project: try Name("x"), code: upload, command: "true", message: "m")
            let first = try await world.jobs().submit(request, once: key(), as: world.alice)
            // What has become of the job meanwhile, or of the server, changes nothing of it.
            _ = try await world.stopper.stop(world.job(first.id), by: world.alice)
            let refusal = FloydError(.isolationUnavailable, "no more")
            let second = try await world.jobs(refusal: refusal).submit(request, once: key(), as: world.alice)
            #expect(try MessageCoding.encode(second) == MessageCoding.encode(first))
            #expect(try await world.store.jobs.list(JobFilter(), limit: 10).count == 1)
            let other = try await code {
                _ = try await world.jobs().submit(request, once: key("k", 2), as: world.alice)
            }
            #expect(other == .idempotencyKeyReused)
        }
    }

    @Test func anUploadIsBegunOnceAndAnsweredAsItStands() async throws {
        try await World.with { world in
            let service = world.uploads()
            let manifest = [TestFile.file("a", "hello")].manifest
            let first = try await service.begin(manifest: bytes(manifest), once: key(), as: world.alice)
            _ = try await service.receive(first.id, at: 0, length: 5, body: bytes(Array("hello".utf8)), as: world.alice)
            let second = try await service.begin(manifest: bytes(manifest), once: key(), as: world.alice)
            #expect(second.id == first.id && second.offset == 5)
            let third = try await service.begin(manifest: bytes(manifest), once: key("other"), as: world.alice)
            #expect(third.id != first.id)
            #expect(try FileManager.default.contentsOfDirectory(atPath: world.folder.blobs + "/uploads").count == 2)
        }
    }

    @Test func collectionForgetsOldKeys() async throws {
        try await World.with { world in
            let request = KeyedRequest(account: world.alice.id, key: "old", now: Date() - 90_000) { Data(count: 32) }
            _ = try await world.store.resources.createOrGet(
                .projects,
                Name("x"),
                owner: world.alice.id,
                at: Date(),
                once: KeyedWrite(request) { _ in Data() }
            )
            #expect(try await world.store.requestKeys.expired(at: Date()) == 1)
            _ = try await Collector(store: world.store, blobs: world.blobs, uploads: world.uploads(), pool: world.pool)
                .collect(isDryRun: false)
            #expect(try await world.store.requestKeys.expired(at: Date()) == 0)
        }
    }
}
