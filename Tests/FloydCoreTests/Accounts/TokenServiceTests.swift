import FloydAPI
import FloydModel
import Foundation
import Synchronization
import Testing

@testable import FloydCore

@Suite struct TokenServiceTests {
    /// An hour hand that tests turn.
    private final class Clock: Sendable {
        private let time = Mutex(Date(timeIntervalSince1970: 1_800_000_000))
        var now: Date { time.withLock { $0 } }
        func advance(_ seconds: TimeInterval) { time.withLock { $0 += seconds } }
    }

    private let clock = Clock()

    private func service(_ world: World) -> AccountService {
        AccountService(store: world.store, now: { [clock] in clock.now })
    }

    private func login(_ token: String, _ service: AccountService) async throws -> Login {
        try #require(try await service.authenticate(token: token))
    }

    @Test func aTokenIsMadeListedAndRevoked() async throws {
        try await World.with { world in
            let service = service(world)
            let first = try await login(service.addToken(to: world.alice.name, name: "laptop"), service)
            let created = try await service.createToken(CreateTokenRequest(name: "ci", expiresIn: 60), as: first)
            #expect(created.about.expires == clock.now + 60)
            #expect(!created.about.current)
            let second = try await login(created.token, service)
            let listed = try await service.tokens(of: nil, page: PageRequest(), as: second).items
            #expect(listed.map(\.name) == ["ci", "laptop"])
            #expect(listed.map(\.current) == [true, false])
            #expect(listed.map(\.state) == ["active", "active"])
            #expect(try await service.token(.current, as: second).name == "ci")

            clock.advance(60)
            let late = try await failure { _ = try await service.authenticate(token: created.token) }
            #expect(late?.message == "the token has expired")
            #expect(try await service.token(.id(created.about.id), as: first).state == "expired")
            try await service.revokeToken(.current, as: first)
            #expect(try await service.tokens(of: nil, page: PageRequest(), as: first).items[1].state == "revoked")
        }
    }

    @Test func whoLostTheirsTwiceGetsATokenOfTheNextName() async throws {
        try await World.with { world in
            let service = service(world)
            for _ in 1...3 { _ = try await service.addToken(to: world.alice.name) }
            let names = try await service.tokens(of: world.alice.name).map(\.name)
            #expect(names == ["from the administrator 3", "from the administrator 2", "from the administrator"])
            // One that was asked for is the administrator's to change.
            let error = try await failure {
                _ = try await service.addToken(to: world.alice.name, name: "from the administrator")
            }
            #expect(error?.code == .alreadyExists)
        }
    }

    @Test(
        arguments: [
            ([], "x"), (["y"], "x"), (["x"], "x 2"), (["x", "x 2", "x 4"], "x 3"), (["x 2"], "x"),
        ] as [([String], String)]
    )
    func namesAreNumberedFromTheSecondOn(taken: [String], name: String) {
        #expect(AccountService.numbered("x", besides: Set(taken)) == name)
    }

    @Test func aTokenThatEndsMakesNoneThatLivesLonger() async throws {
        try await World.with { world in
            let service = service(world)
            let token = try await service.addToken(to: world.alice.name, name: "short", expiresIn: 100)
            let login = try await login(token, service)
            for wish in [nil, 101] {
                let error = try await failure {
                    _ = try await service.createToken(CreateTokenRequest(name: "x", expiresIn: wish), as: login)
                }
                #expect(error?.code == .forbidden)
            }
            _ = try await service.createToken(CreateTokenRequest(name: "x", expiresIn: 100), as: login)
            let session = try await service.beginSession(as: login)
            #expect(session.expires == clock.now + 100)
            let seen = try await self.login(session.secret, service)
            #expect(seen.token?.isSession == true && seen.account == world.alice)
        }
    }

    @Test func theLocalSocketsUserHasNoTokenButMayMakeOne() async throws {
        try await World.with { world in
            let service = service(world)
            let login = Login(world.alice, token: nil)
            _ = try await service.createToken(CreateTokenRequest(name: "laptop"), as: login)
            #expect(try await code { _ = try await service.token(.current, as: login) } == .notFound)
            #expect(try await code { _ = try await service.beginSession(as: login) } == .forbidden)
        }
    }

    @Test func othersTokensAreForAdminsAndNobodyMakesThem() async throws {
        try await World.with { world in
            let service = service(world)
            let alice = try await login(service.addToken(to: world.alice.name, name: "laptop"), service)
            let bob = try await login(service.addToken(to: world.bob.name, name: "laptop"), service)
            let admin = try await login(service.addToken(to: world.admin.name, name: "laptop"), service)
            let id = try #require(alice.token?.id)
            var refusals: Set<String> = []
            for user in [world.alice.name, try Name("nobody")] {
                let error = try await failure { _ = try await service.tokens(of: user, page: PageRequest(), as: bob) }
                #expect(error?.code == .notFound)
                refusals.insert(error?.description.replacingOccurrences(of: user.string, with: "USER") ?? "")
            }
            #expect(refusals.count == 1)
            #expect(try await code { _ = try await service.token(.id(id), as: bob) } == .notFound)
            #expect(try await code { try await service.revokeToken(.id(id), as: bob) } == .notFound)
            #expect(
                try await service.tokens(of: world.alice.name, page: PageRequest(), as: admin).items.map(\.id) == [id]
            )
            #expect(try await service.token(.id(id), as: admin).user == world.alice.name)
            try await service.revokeToken(.id(id), as: admin)
            #expect(try await service.token(.id(id), as: alice).state == "revoked")
        }
    }

    @Test(arguments: ["", " x", "x ", "a\nb", "a\u{200b}b", "a\u{202e}b", String(repeating: "x", count: 65)])
    func aNameShowsInAList(name: String) async throws {
        try await World.with { world in
            let request = CreateTokenRequest(name: name)
            let service = service(world)
            let login = Login(world.alice, token: nil)
            let refusal = try await code { _ = try await service.createToken(request, as: login) }
            #expect(refusal == .invalidRequest)
        }
    }

    @Test(arguments: [0, -1, CreateTokenRequest.maximumLife + 1, .max])
    func aLifeHasBounds(seconds: Int) async throws {
        try await World.with { world in
            let request = CreateTokenRequest(name: "x", expiresIn: seconds)
            let service = service(world)
            let login = Login(world.alice, token: nil)
            let refusal = try await code { _ = try await service.createToken(request, as: login) }
            #expect(refusal == .invalidRequest)
        }
    }

    @Test func aDisabledAccountIsRefusedAtOnceAndItsJobsAreCounted() async throws {
        try await World.with { world in
            let service = service(world)
            let token = try await service.addToken(to: world.alice.name, name: "laptop")
            _ = try await world.submit(as: world.alice)
            let jobs = try await service.setDisabled(true, world.alice.name)
            #expect(jobs == .init(queued: 1, active: 0))
            #expect(try await service.setDisabled(true, world.alice.name) == nil)
            let error = try await failure { _ = try await service.authenticate(token: token) }
            #expect(error?.message == "the account is disabled")
            let listed = try #require(try await service.users().first { $0.name == world.alice.name })
            #expect(listed.state == "disabled" && listed.tokens == 1)
            #expect(try await service.setDisabled(false, world.alice.name) != nil)
            #expect(try await service.authenticate(token: token) != nil)
            #expect(try await code { _ = try await service.setDisabled(true, Name("alise")) } == .notFound)
        }
    }

    @Test(arguments: [("90d", 7_776_000), ("12h", 43_200), ("30s", 30)])
    func aLifeIsRead(text: String, seconds: Int) throws {
        #expect(try AccountService.life(parsing: text) == seconds)
    }

    @Test(arguments: ["", "0", "90 years", "-1d", "500ms"])
    func whatIsNoLifeIsRefused(text: String) {
        #expect(throws: FloydError.self) { try AccountService.life(parsing: text) }
    }
}
