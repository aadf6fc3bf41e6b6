import FloydAPI
import FloydHTTP
import FloydModel
import HTTPTypes
import Testing

@testable import FloydServer

@Suite("A source of failed logins")
struct SlowedLoginTests {
    private static let form = "application/x-www-form-urlencoded"
    private let app: TestApplication
    private let network = Peer.tcp(ip: "192.0.2.7", port: 4000)

    init() throws {
        app = try TestApplication()
        app.fake.set { state in
            state.refusals["revoked-token"] = FloydError(.unauthenticated, "the token was revoked")
        }
    }

    private func ask(_ token: String, peer: Peer? = nil) async -> Answer {
        await app.send(.get, "/api/v1/account", token: token, peer: peer ?? network)
    }

    private func exhaust() async {
        for _ in 0..<LoginThrottle.allowance { #expect(await ask("wrong").status == 401) }
    }

    @Test("is told how long to wait, while a valid token gets in")
    func slowed() async throws {
        await exhaust()
        let answer = await ask("wrong")
        #expect(answer.status == 429)
        #expect(answer.problem?.code == .tooManyAttempts)
        let wait = try #require(answer["Retry-After"].flatMap(Int.init))
        #expect(answer.problem?.hint?.contains("\(wait) s") == true)
        for _ in 0..<100 { #expect(await ask("alice-token").status == 200) }
        #expect(await ask("wrong").status == 429)
        app.clock.advance(.seconds(wait + 12))
        #expect(await ask("wrong").status == 401)
    }

    @Test("is one address, and one network of IPv6")
    func sources() async throws {
        await exhaust()
        #expect(await ask("wrong", peer: .tcp(ip: "192.0.2.8", port: 4000)).status == 401)
        #expect(await ask("wrong", peer: .tcp(ip: "192.0.2.7", port: 9999)).status == 429)
        for number in 0..<LoginThrottle.allowance {
            #expect(await ask("wrong", peer: .tcp(ip: "2001:db8::\(number)", port: 1)).status == 401)
        }
        #expect(await ask("wrong", peer: .tcp(ip: "2001:db8::ffff", port: 1)).status == 429)
        #expect(await ask("wrong", peer: .tcp(ip: "2001:db8:0:1::1", port: 1)).status == 401)
    }

    @Test("is slowed however many it asks at once")
    func atOnce() async throws {
        let statuses = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<200 { group.addTask { await ask("wrong").status } }
            return await group.reduce(into: [Int: Int]()) { $0[$1, default: 0] += 1 }
        }
        #expect(statuses == [401: LoginThrottle.allowance, 429: 200 - LoginThrottle.allowance])
    }

    @Test("is not who shows a token that there was, or none")
    func noGuess() async throws {
        for _ in 0..<100 {
            let answer = await ask("revoked-token")
            #expect(answer.status == 401 && answer.problem?.detail == "the token was revoked")
            #expect(await app.send(.get, "/api/v1/account", token: nil, peer: network).status == 401)
        }
        #expect(await ask("wrong").status == 401)
    }

    @Test("is slowed at the login page as well, which lets in who is right")
    func page() async throws {
        func login(_ token: String) async -> Answer {
            await app.send(.post, "/login", token: nil, body: "token=\(token)", type: Self.form, peer: network)
        }
        await exhaust()
        let answer = await login("wrong")
        #expect(answer.status == 429)
        #expect(answer["Retry-After"] != nil && answer["Set-Cookie"] == nil)
        #expect(answer.text.contains("Too many logins"))
        #expect(await login("alice-token").status == 303)
        // Who comes with a cookie of before is shown the login.
        let stale = await app.send(.get, "/", token: nil, cookie: "wrong", peer: network)
        #expect(stale.status == 200 && stale.text.contains(#"action="/login""#))
    }
}

@Suite("The local socket")
struct LocalSocketTests {
    private let app: TestApplication
    private let alice = Peer.unix(uid: 1000, gid: 1000, pid: 1)

    init() throws {
        app = try TestApplication()
        app.fake.set { state in state.localUsers[1000] = .test("alice") }
    }

    private func account(
        _ peer: Peer,
        token: String? = nil,
        _ fields: HTTPFields = [:],
        host: String = "localhost"
    ) async throws -> String {
        let answer = await app.send(.get, "/api/v1/account", token: token, fields, host: host, peer: peer)
        guard answer.status == 200 else { return "\(answer.status) \(answer.problem?.detail ?? "")" }
        return try answer.decode(AccountName.self).name
    }

    private struct AccountName: Decodable {
        var name: String
    }

    @Test("says who one is")
    func uid() async throws {
        #expect(try await account(alice) == "alice")
        #expect(try await account(.unix(uid: 1001, gid: 0, pid: 1)) == "401 your user (uid 1001) is no account here")
        #expect(try await account(.tcp(ip: "127.0.0.1", port: 1)) == "401 a token is needed")
        let page = await app.send(.get, "/", token: nil, host: "localhost", peer: alice)
        #expect(page.text.contains("alice"))
    }

    @Test("says nothing where something was shown, right or wrong")
    func tokensWin() async throws {
        #expect(try await account(alice, token: "bob-token") == "bob")
        #expect(try await account(alice, token: "wrong") == "401 the token is not valid")
        for fields in [
            [.authorization: "Bearer"], [.authorization: "Negotiate x"], [.cookie: "floydlite_session=wrong"],
            [.cookie: "floydlite_session="], [.cookie: "floydlite_session=alice-token; floydlite_session=bob-token"],
        ] as [HTTPFields] {
            #expect(try await account(alice, fields).hasPrefix("401"), "\(fields)")
        }
        #expect(try await account(alice, [.cookie: "other=x"]) == "alice")
    }

    @Test(
        "is not there for pages of other sites that found the way through a tunnel",
        arguments: [
            ("localhost", [:], 202), ("localhost:8080", [:], 202), ("127.0.0.1:80", [:], 202), ("[::1]:80", [:], 202),
            ("", [:], 202), ("evil.example", [:], 401), ("localhost.evil.example", [:], 401),
            ("127.0.0.1.evil", [:], 401),
            ("127.0.0", [:], 401), ("localhost:8080", [.origin: "http://evil.example"], 403),
            ("localhost:8080", [.secFetchSite: "cross-site"], 403),
            ("localhost:8080", [.origin: "http://localhost:8080"], 202),
        ] as [(String, HTTPFields, Int)]
    )
    func otherSites(host: String, fields: HTTPFields, status: Int) async throws {
        let answer = await app.send(.post, "/api/v1/jobs/x/stop", token: nil, fields, host: host, peer: alice)
        #expect(answer.status == status)
        #expect(app.fake.calls.isEmpty == (status != 202))
    }
}
