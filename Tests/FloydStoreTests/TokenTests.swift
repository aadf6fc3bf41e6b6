import FloydModel
import FoundationEssentials
import Testing

@testable import FloydStore

struct TokenTests {
    private let now = StoreFixture.now

    private func add(
        _ label: String,
        _ seed: Int,
        _ fixture: StoreFixture,
        of user: UserRecord? = nil,
        expires: TimeInterval? = nil,
        at moment: TimeInterval = 0
    ) async throws -> TokenRecord {
        try await fixture.store.tokens.add(
            hash: StoreFixture.digest(seed),
            user: (user ?? fixture.alice).id,
            label: label,
            created: now + moment,
            expires: expires.map { now + $0 }
        )
    }

    @Test("a name is given once among an account's live tokens, and again when its token is worthless")
    func names() async throws {
        try await StoreFixture.with { fixture in
            let first = try await add("ci", 1, fixture)
            #expect(try await code { _ = try await add("ci", 2, fixture) } == .alreadyExists)
            _ = try await add("ci", 3, fixture, of: fixture.bob)
            _ = try await fixture.store.tokens.revoke(first.id, of: fixture.alice.id, at: now)
            _ = try await add("ci", 4, fixture, expires: 10)
            #expect(try await code { _ = try await add("ci", 5, fixture, at: 9) } == .alreadyExists)
            _ = try await add("ci", 6, fixture, at: 10)
        }
    }

    @Test("an account can't have tokens without number")
    func number() async throws {
        try await StoreFixture.with { fixture in
            for seed in 0..<TokenQueries.maximumLive { _ = try await add("\(seed)", seed, fixture, expires: 10) }
            #expect(try await code { _ = try await add("more", 1_000, fixture) } == .conflict)
            _ = try await add("more", 1_000, fixture, at: 10)
        }
    }

    @Test("tokens are listed page by page, and only of the account")
    func pages() async throws {
        try await StoreFixture.with { fixture in
            let tokens = fixture.store.tokens
            let all = [try await add("a", 1, fixture), try await add("b", 2, fixture), try await add("c", 3, fixture)]
            let other = try await add("d", 4, fixture, of: fixture.bob)
            let page = try await tokens.list(of: fixture.alice.id, limit: 2)
            #expect(page.map(\.id) == [all[2].id, all[1].id])
            let rest = try await tokens.list(of: fixture.alice.id, before: all[1].id, limit: 2)
            #expect(rest.map(\.id) == [all[0].id])
            for cursor in [other.id, ObjectID()] {
                #expect(
                    try await code { _ = try await tokens.list(of: fixture.alice.id, before: cursor, limit: 2) }
                        == .invalidRequest
                )
            }
            #expect(try await tokens.get(other.id, of: fixture.alice.id) == nil)
            #expect(try await tokens.get(other.id, of: nil)?.user == fixture.bob)
        }
    }

    @Test("a session ends by itself, at its time, and with the token that it was begun with")
    func sessions() async throws {
        try await StoreFixture.with { fixture in
            let tokens = fixture.store.tokens
            let token = try await add("laptop", 1, fixture, expires: 100)
            func session(_ seed: Int, with beginning: TokenRecord, expires: TimeInterval = 50) async throws
                -> TokenRecord
            {
                try await tokens.addSession(
                    hash: StoreFixture.digest(seed),
                    begunWith: beginning.id,
                    created: now,
                    expires: now + expires
                )
            }
            func refusal(_ seed: Int, at moment: TimeInterval = 0) async throws -> String? {
                do {
                    let found = try await tokens.authenticate(hash: StoreFixture.digest(seed), at: now + moment)
                    #expect(found?.token.isSession == true && found?.user == fixture.alice)
                    return nil
                } catch let error as FloydError {
                    #expect(error.code == .unauthenticated)
                    return error.message
                }
            }
            let first = try await session(11, with: token)
            let second = try await session(12, with: first, expires: 500)
            #expect(try await refusal(11, at: 49) == nil)
            #expect(try await refusal(11, at: 50) == "the session has expired")
            #expect(try await refusal(12, at: 99) == nil, "it is the token's, not the first session's")
            #expect(try await refusal(12, at: 100) == "the session has expired")

            _ = try await tokens.revoke(first.id, of: fixture.alice.id, at: now)
            #expect(try await refusal(11) == "the session was ended")
            #expect(try await refusal(12) == nil)
            #expect(try await tokens.authenticate(hash: StoreFixture.digest(1), at: now) != nil, "the token goes on")
            _ = try await tokens.revoke(token.id, of: fixture.alice.id, at: now)
            #expect(try await refusal(12) == "the session was ended")
            #expect(try await code { _ = try await session(13, with: token) } == .unauthenticated)
            #expect(second.label == "web login")
        }
    }

    @Test("old sessions are forgotten, and the oldest of too many")
    func manySessions() async throws {
        try await StoreFixture.with { fixture in
            let tokens = fixture.store.tokens
            let token = try await add("laptop", 1, fixture)
            func begin(_ seed: Int, at moment: TimeInterval) async throws {
                _ = try await tokens.addSession(
                    hash: StoreFixture.digest(seed),
                    begunWith: token.id,
                    created: now + moment,
                    expires: now + moment + 60
                )
            }
            for seed in 100..<(102 + TokenQueries.maximumSessions) { try await begin(seed, at: 0) }
            func count() async throws -> Int {
                try await tokens.list(of: fixture.alice.id).count { $0.isSession }
            }
            #expect(try await count() == TokenQueries.maximumSessions)
            #expect(try await tokens.authenticate(hash: StoreFixture.digest(100), at: now) == nil)
            #expect(try await tokens.authenticate(hash: StoreFixture.digest(102), at: now) != nil)
            try await begin(999, at: 8 * 86_400)
            #expect(try await count() == 1)
            #expect(try await tokens.authenticate(hash: StoreFixture.digest(1), at: now) != nil)
        }
    }

    @Test("how tokens are used")
    func use() async throws {
        try await StoreFixture.with { fixture in
            let tokens = fixture.store.tokens
            let token = try await add("a", 1, fixture)
            _ = try await add("b", 2, fixture, expires: 10)
            _ = try await tokens.addSession(
                hash: StoreFixture.digest(3),
                begunWith: token.id,
                created: now,
                expires: now + 60
            )
            _ = try await tokens.authenticate(hash: StoreFixture.digest(3), at: now + 5)
            try await fixture.sql("SELECT 1")
            #expect(try await tokens.use(at: now) == [fixture.alice.id: TokenUse(live: 2, lastUsed: now + 5)])
            #expect(try await tokens.use(at: now + 10)[fixture.alice.id]?.live == 1)
        }
    }
}
