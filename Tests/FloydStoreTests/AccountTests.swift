import FloydModel
import FoundationEssentials
import Testing

@testable import FloydStore

struct AccountTests {
    private let now = StoreFixture.now

    @Test("accounts are found by name and id, each with a host uid offset of its own; a name is taken once")
    func users() async throws {
        try await StoreFixture.with { fixture in
            let accounts = fixture.store.accounts
            let (alice, carol) = (try Name("alice"), try Name("carol"))
            #expect(try await accounts.user(named: alice) == fixture.alice)
            #expect(try await accounts.user(fixture.bob.id) == fixture.bob)
            #expect(try await accounts.user(named: carol) == nil)
            #expect(try await accounts.user(ObjectID()) == nil)
            #expect(try await accounts.users() == [fixture.alice, fixture.bob, fixture.root])
            #expect(try await accounts.users().map(\.hostUIDOffset) == [0, 1, 2])
            #expect(fixture.root.role == .admin)
            #expect(fixture.alice.created == now)
            #expect(try await code { _ = try await accounts.addUser(alice, at: now) } == .alreadyExists)
        }
    }

    @Test("a token speaks for its account until it is revoked or expires or the account is disabled")
    func authentication() async throws {
        try await StoreFixture.with { fixture in
            let tokens = fixture.store.tokens
            let hash = StoreFixture.digest(7)
            let expires = now.addingTimeInterval(100)
            let token = try await tokens.add(
                hash: hash,
                user: fixture.alice.id,
                label: "laptop",
                created: now,
                expires: expires
            )
            #expect(token.label == "laptop" && token.expires == expires && token.created == now)
            #expect(token.lastUsed == nil && token.revoked == nil)

            let found = try await tokens.authenticate(hash: hash, at: now)
            #expect(found == AuthenticatedUser(user: fixture.alice, token: token))
            let other = StoreFixture.digest(8)
            #expect(try await tokens.authenticate(hash: other, at: now) == nil)
            #expect(try await code { _ = try await tokens.authenticate(hash: hash, at: expires) } == .unauthenticated)

            #expect(try await fixture.store.accounts.setDisabled(now, fixture.alice.id)?.disabled == now)
            #expect(try await code { _ = try await tokens.authenticate(hash: hash, at: now) } == .unauthenticated)
            #expect(try await fixture.store.accounts.setDisabled(nil, fixture.alice.id)?.disabled == nil)
            _ = try await tokens.authenticate(hash: hash, at: now)

            #expect(try await tokens.revoke(token.id, of: fixture.bob.id, at: now) == nil, "not bob's")
            #expect(try await tokens.revoke(token.id, of: fixture.alice.id, at: now)?.revoked == now)
            #expect(try await tokens.revoke(token.id, of: fixture.alice.id, at: expires)?.revoked == now)
            #expect(try await code { _ = try await tokens.authenticate(hash: hash, at: now) } == .unauthenticated)
            #expect(try await tokens.list(of: fixture.alice.id).map(\.id) == [token.id])
            #expect(try await tokens.list(of: fixture.bob.id).isEmpty)
        }
    }

    @Test("that a token is used is noted once a minute at most")
    func touch() async throws {
        try await StoreFixture.with { fixture in
            let tokens = fixture.store.tokens
            let hash = StoreFixture.digest(7)
            _ = try await tokens.add(hash: hash, user: fixture.alice.id, label: "", created: now)
            func lastUsed(after seconds: TimeInterval) async throws -> TimeInterval? {
                _ = try await tokens.authenticate(hash: hash, at: now.addingTimeInterval(seconds))
                // Behind the note on the writer's queue.
                try await fixture.sql("SELECT 1")
                return try await tokens.list(of: fixture.alice.id)[0].lastUsed?.timeIntervalSince(now)
            }
            #expect(try await lastUsed(after: 0) == 0)
            #expect(try await lastUsed(after: 59) == 0)
            #expect(try await lastUsed(after: 60) == 60)
            #expect(try await lastUsed(after: 30) == 60, "a late request doesn't turn it back")
        }
    }

    @Test("a token needs an account and a whole hash")
    func badToken() async throws {
        try await StoreFixture.with { fixture in
            let tokens = fixture.store.tokens
            let stranger = try await code {
                _ = try await tokens.add(hash: StoreFixture.digest(1), user: ObjectID(), label: "", created: now)
            }
            #expect(stranger == .notFound)
            let short = try await code {
                _ = try await tokens.add(hash: Data([1]), user: fixture.alice.id, label: "", created: now)
            }
            #expect(short == .internalError)
        }
    }
}
