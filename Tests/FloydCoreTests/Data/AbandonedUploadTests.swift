import FloydAPI
import FloydBlobs
import FloydModel
import FloydStore
import Foundation
import Testing

@testable import FloydCore

/// Uploads that aren't committed: who sees them, and what becomes of those that are given up.
@Suite struct AbandonedUploadTests {
    private static func begin(_ text: String, _ service: UploadService, as account: Account) async throws -> ObjectID {
        try await service.begin(manifest: bytes([TestFile.file("a", text)].manifest), as: account).id
    }

    private static func send(_ text: String, to id: ObjectID, _ service: UploadService, as account: Account)
        async throws
    {
        let body = bytes(Array(text.utf8))
        _ = try await service.receive(id, at: 0, length: nil, body: body, as: account)
    }

    @Test func areListedToTheirOwnerTheNewestFirst() async throws {
        try await World.with { world in
            let service = world.uploads()
            let untouched = try await Self.begin("untouched", service, as: world.alice)
            let begun = try await Self.begin("begun", service, as: world.alice)
            try await Self.send("be", to: begun, service, as: world.alice)
            let committed = try await world.upload([.file("x", "kept")], as: world.alice)
            let whole = try await Self.begin("whole", service, as: world.alice)
            try await Self.send("whole", to: whole, service, as: world.alice)
            let wrong = try await Self.begin("wrong", service, as: world.alice)
            #expect(
                try await code { try await Self.send("WRONG", to: wrong, service, as: world.alice) } == .contentMismatch
            )
            let foreign = try await Self.begin("foreign", service, as: world.bob)

            let first = try await service.uploads(page: PageRequest(limit: 3), as: world.alice)
            #expect(first.items.map(\.id) == [wrong, whole, begun])
            #expect(first.items.map(\.state) == [.failed, .complete, .receiving])
            #expect(first.items.suffix(2).map(\.offset) == [5, 2])
            #expect(first.items.map(\.length) == [5, 5, 5])
            #expect(first.items.allSatisfy { $0.created != nil && $0.expires != nil })
            let rest = try await service.uploads(page: PageRequest(cursor: first.next, limit: 3), as: world.alice)
            #expect(rest.items.map(\.id) == [untouched])
            #expect(rest.next == nil)
            // One that was committed since its page is where the next goes on.
            let behind = try await service.uploads(page: PageRequest(cursor: committed.string), as: world.alice)
            #expect(behind.items.map(\.id) == [begun, untouched])
            for cursor in [foreign.string, ObjectID().string, "x"] {
                #expect(
                    try await code {
                        _ = try await service.uploads(page: PageRequest(cursor: cursor), as: world.alice)
                    } == .invalidRequest
                )
            }
            #expect(try await service.uploads(page: PageRequest(), as: world.bob).items.map(\.id) == [foreign])
            #expect(try await service.uploads(page: PageRequest(), as: world.admin).items.isEmpty)
        }
    }

    private enum Stage: CaseIterable {
        case untouched, begun, whole, wrong, expired, committedOnDisk, lost
    }

    /// An upload of alice's that is there.
    private func upload(_ stage: Stage, _ service: UploadService, _ time: Lock<Double>, _ world: World) async throws
        -> ObjectID
    {
        let id = try await Self.begin("text", service, as: world.alice)
        switch stage {
        case .untouched: break
        case .begun: try await Self.send("te", to: id, service, as: world.alice)
        case .whole: try await Self.send("text", to: id, service, as: world.alice)
        case .wrong:
            #expect(
                try await code { try await Self.send("TEXT", to: id, service, as: world.alice) } == .contentMismatch
            )
        case .expired:
            time.value = 10_000
            #expect(try await code { _ = try await service.upload(id, as: world.alice) } == .gone)
        case .committedOnDisk:
            // As after a crash between disk and database.
            try await Self.send("text", to: id, service, as: world.alice)
            _ = try world.blobs.upload(id).commit()
        case .lost: try world.blobs.removeUpload(id)
        }
        return id
    }

    @Test func canBeGivenUpWhateverTheirStateAndCountNoLonger() async throws {
        try await World.with { world in
            for stage in Stage.allCases {
                let start = Date()
                let time = Lock(0.0)
                let service = world.uploads { start + time.value }
                let id = try await upload(stage, service, time, world)
                #expect(
                    try await service.uploads(page: PageRequest(), as: world.alice).items.map(\.id) == [id],
                    "\(stage)"
                )
                #expect(try await world.store.usage.bytes(of: world.alice.id) == 4, "\(stage)")
                #expect(try await code { try await service.cancel(id, as: world.bob) } == .notFound, "\(stage)")
                try await service.cancel(id, as: world.alice)
                #expect(try await world.store.usage.bytes(of: world.alice.id) == 0, "\(stage)")
                #expect(try await service.uploads(page: PageRequest(), as: world.alice).items.isEmpty, "\(stage)")
                #expect(try world.blobs.uploadIDs().isEmpty, "\(stage)")
                #expect(try await code { try await service.cancel(id, as: world.alice) } == .notFound, "\(stage)")
            }
        }
    }

    @Test func whileSomethingIsSentTheyStay() async throws {
        try await World.with { world in
            let service = world.uploads()
            let id = try await Self.begin("text", service, as: world.alice)
            let pieces = Lock(0)
            let body: ByteSource = {
                pieces.value += 1
                if pieces.value > 1 { return nil }
                let refusal = try await code { try await service.cancel(id, as: world.alice) }
                #expect(refusal == .locked)
                return Array("text".utf8)
            }
            #expect(try await service.receive(id, at: 0, length: nil, body: body, as: world.alice) == 4)
            #expect(try await service.commit(id, hashes: bytes([]), as: world.alice).state == .committed)
        }
    }

    @Test func aCommitWhoseHashesComeTooLateFindsNone() async throws {
        try await World.with { world in
            let service = world.uploads()
            let manifest = [TestFile.file("a", "text", hashed: false)].manifest
            let id = try await service.begin(manifest: bytes(manifest), as: world.alice).id
            try await Self.send("text", to: id, service, as: world.alice)
            let asked = Lock(0)
            let hashes: ByteSource = {
                asked.value += 1
                if asked.value > 1 { return nil }
                try await service.cancel(id, as: world.alice)
                return Array((String(repeating: "0", count: 64) + "\n").utf8)
            }
            #expect(try await code { _ = try await service.commit(id, hashes: hashes, as: world.alice) } == .notFound)
        }
    }

    @Test func betweenTheDiskAndTheDatabaseACommitKeepsItsUpload() async throws {
        try await World.with { world in
            let service = world.uploads()
            let id = try await Self.begin("text", service, as: world.alice)
            try await Self.send("text", to: id, service, as: world.alice)
            // Somebody else's commit has the database as long as this lasts.
            let other = try await Self.begin("other", service, as: world.bob)
            let writes = AsyncStream.makeStream(of: Void.self)
            let end = DispatchSemaphore(value: 0)
            defer { end.signal() }
            let digest = Data(repeating: 7, count: 32)
            async let long = world.store.uploads.commit(other, digest: digest, at: Date()) { _ in
                writes.continuation.finish()
                end.wait()
            }
            for await _ in writes.stream {}
            async let committed = service.commit(id, hashes: bytes([]), as: world.alice)
            while try world.blobs.upload(id).committed() == nil { await Task.yield() }
            for _ in 0..<200 {
                #expect(throws: FloydError.self) { try world.blobs.removeUpload(id) }
                await Task.yield()
            }
            end.signal()
            _ = try await long
            #expect(try await committed.state == .committed)
        }
    }

    /// One of the two is done, and the other hears of it.
    @Test func aCommitAtTheSameTimeIsWholeOrNotAtAll() async throws {
        try await World.with { world in
            let service = world.uploads()
            for number in 0..<40 {
                let text = "text \(number)"
                let id = try await Self.begin(text, service, as: world.alice)
                try await Self.send(text, to: id, service, as: world.alice)
                async let commit = code { _ = try await service.commit(id, hashes: bytes([]), as: world.alice) }
                var given = FloydError.Code?.some(.locked)
                while given == .locked {
                    given = try await code { try await service.cancel(id, as: world.alice) }
                }
                let committed = try await commit
                if committed == nil {
                    #expect(given == .conflict)
                    #expect(try await service.upload(id, as: world.alice).state == .committed)
                } else {
                    #expect(
                        committed == .notFound && given == nil,
                        "\(committed?.rawValue ?? "-") \(given?.rawValue ?? "-")"
                    )
                    #expect(try await world.store.uploads.get(id) == nil)
                }
            }
        }
    }
}
