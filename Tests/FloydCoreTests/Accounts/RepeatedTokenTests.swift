import FloydAPI
import FloydModel
import FloydStore
import Foundation
import Synchronization
import Testing

@testable import FloydCore

@Suite struct RepeatedTokenTests {
    private final class Clock: Sendable {
        private let time = Mutex(Date(timeIntervalSince1970: 1_800_000_000))
        var now: Date { time.withLock { $0 } }
        func advance(_ seconds: TimeInterval) { time.withLock { $0 += seconds } }
    }

    private let clock = Clock()

    private func key(_ name: String = "k", _ seed: UInt8 = 1) -> RequestKey {
        RequestKey(name) { [UInt8](repeating: seed, count: 32) }
    }

    private func with(_ body: (World, AccountService, Login) async throws -> Void) async throws {
        try await World.with { world in
            let service = AccountService(store: world.store, now: { [clock] in clock.now })
            let token = try await service.addToken(to: world.alice.name, name: "laptop", expiresIn: 3_600)
            try await body(world, service, try #require(try await service.authenticate(token: token)))
        }
    }

    private func names(_ service: AccountService, _ login: Login) async throws -> [String] {
        try await service.tokens(of: nil, page: PageRequest(), as: login).items.map(\.name)
    }

    @Test func aRepetitionMakesNoOtherAndSaysWhichItWas() async throws {
        try await with { _, service, login in
            let request = CreateTokenRequest(name: "ci", expiresIn: 3_600)
            let made = try await service.createToken(request, once: key(), as: login)
            let again = try await failure { _ = try await service.createToken(request, once: key(), as: login) }
            #expect(again?.code == .alreadyDone)
            #expect(again?.message.contains("ci (\(made.about.id))") == true)
            #expect(again?.hint?.contains("floydlite token revoke \(made.about.id)") == true)
            #expect(again.map { "\($0)".contains(made.token) } == false)
            // Half a day later it would end after the token that asks; what was made was made.
            clock.advance(1_800)
            #expect(
                try await code { _ = try await service.createToken(request, once: key(), as: login) } == .alreadyDone
            )
            #expect(
                try await code { _ = try await service.createToken(request, once: key("new"), as: login) } == .forbidden
            )
            #expect(try await names(service, login) == ["ci", "laptop"])
        }
    }

    @Test func manyAtOnceMakeOne() async throws {
        try await with { _, service, login in
            let request = CreateTokenRequest(name: "ci", expiresIn: 60)
            let outcomes = try await withThrowingTaskGroup(of: FloydError.Code?.self) { group in
                for _ in 0..<10 {
                    group.addTask { [key = key()] in
                        try await code { _ = try await service.createToken(request, once: key, as: login) }
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(outcomes.count { $0 == nil } == 1)
            #expect(outcomes.count { $0 == .alreadyDone } == 9)
            #expect(try await names(service, login) == ["ci", "laptop"])
        }
    }

    @Test func aKeyIsItsRequestsAndItsAccounts() async throws {
        try await with { world, service, login in
            let request = CreateTokenRequest(name: "ci", expiresIn: 60)
            _ = try await service.createToken(request, once: key(), as: login)
            let other = try await code { _ = try await service.createToken(request, once: key("k", 2), as: login) }
            #expect(other == .idempotencyKeyReused)
            let bob = try await service.addToken(to: world.bob.name, name: "laptop")
            let hers = try #require(try await service.authenticate(token: bob))
            _ = try await service.createToken(request, once: key(), as: hers)
        }
    }

    @Test func whatFailedMayBeTriedAgain() async throws {
        try await with { _, service, login in
            let request = CreateTokenRequest(name: "laptop", expiresIn: 60)
            #expect(
                try await code { _ = try await service.createToken(request, once: key(), as: login) } == .alreadyExists
            )
            let first = try #require(try await service.tokens(of: nil, page: PageRequest(), as: login).items.first)
            try await service.revokeToken(.id(first.id), as: login)
            _ = try await service.createToken(request, once: key(), as: login)
        }
    }

    @Test func nothingOfTheTokenIsKeptWithTheKey() async throws {
        try await with { world, service, login in
            let made = try await service.createToken(
                CreateTokenRequest(name: "ci", expiresIn: 60),
                once: key(),
                as: login
            )
            let request = KeyedRequest(account: world.alice.id, key: "k", now: clock.now) {
                Data(repeating: 1, count: 32)
            }
            let kept = try #require(try await world.store.requestKeys.answer(to: request))
            #expect(String(decoding: kept, as: UTF8.self) == made.about.id.string)
        }
    }
}
