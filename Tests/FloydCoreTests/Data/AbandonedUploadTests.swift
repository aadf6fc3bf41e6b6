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
}
