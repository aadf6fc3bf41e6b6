import FloydModel
import HTTPTypes
import Testing

@testable import FloydServer

@Suite("The login")
struct LoginTests {
    private static let form = "application/x-www-form-urlencoded"

    @Test("is what a stranger sees")
    func form() async throws {
        let app = try TestApplication()
        let answer = await app.send(.get, "/", token: nil)
        #expect(answer.status == 200)
        #expect(answer.text.contains(#"action="/login""#))
        #expect(!answer.text.contains("Log out"))
        #expect(app.fake.calls.isEmpty)
        let stale = await app.send(.get, "/", token: nil, cookie: "revoked")
        #expect(stale.text.contains(#"action="/login""#))
    }

    @Test("pages lead to it and back", arguments: ["/jobs/x", "/jobs/alice%2Fx%2F3"])
    func redirects(path: String) async throws {
        let app = try TestApplication()
        let answer = await app.send(.get, path, token: nil)
        #expect(answer.status == 303)
        let location = try #require(answer["Location"])
        #expect(location.hasPrefix("/?next=%2Fjobs%2F"))
        let form = await app.send(.get, location, token: nil)
        #expect(form.text.contains(#"name="next" value="\#(path)""#))
        let next = try #require(location.split(separator: "=").last)
        let loggedIn = await app.send(
            .post,
            "/login",
            token: nil,
            body: "token=alice-token&next=\(next)",
            type: Self.form
        )
        #expect(loggedIn.status == 303)
        #expect(loggedIn["Location"] == path)
    }

    @Test("changes lead to it too", arguments: ["/logout", "/jobs/x/stop"])
    func changes(path: String) async throws {
        let app = try TestApplication()
        let answer = await app.send(.post, path, token: nil)
        #expect(answer.status == 303)
        #expect(answer["Location"] == "/")
        #expect(app.fake.calls.isEmpty)
    }

    @Test("sets a cookie that no script and no other site gets at")
    func cookie() async throws {
        let answer = await (try TestApplication()).send(
            .post,
            "/login",
            token: nil,
            body: "token=+alice-token%0A&next=",
            type: Self.form
        )
        #expect(answer.status == 303)
        #expect(answer["Location"] == "/")
        #expect(answer["Set-Cookie"] == "floydlite_session=session-alice; HttpOnly; SameSite=Strict; Path=/")
        #expect(SessionCookie.begin(secret: "t", secure: true).hasSuffix("; Path=/; Secure"))
    }

    @Test(
        "a wrong token sets none and says so",
        arguments: ["wrong", "", "%3Cscript%3E", "a%0d%0aSet-Cookie:+x=y", "a;b"]
    )
    func wrong(token: String) async throws {
        let answer = await (try TestApplication()).send(
            .post,
            "/login",
            token: nil,
            body: "token=\(token)",
            type: Self.form
        )
        #expect(answer.status == 401)
        #expect(answer["Set-Cookie"] == nil)
        #expect(answer.text.contains("not valid") || answer.text.contains("not a token"))
        #expect(!answer.text.contains("<script>"))
    }

    @Test(
        "never leads to another server",
        arguments: [
            "https://evil.example/", "//evil.example", "/\\evil.example", "/jobs//evil", "javascript:alert(1)",
            "/jobs/x\r\nA: b", "/jobs/\"><b>",
        ]
    )
    func openRedirect(next: String) async throws {
        #expect(LoginPage.localPath(next) == nil)
    }

    @Test("another site can't log its visitor in as somebody else")
    func crossSite() async throws {
        let app = try TestApplication()
        for fields in [[.secFetchSite: "cross-site"], [.origin: "http://evil.example"]] as [HTTPFields] {
            let answer = await app.send(.post, "/login", token: nil, fields, body: "token=bob-token", type: Self.form)
            #expect(answer.status == 403)
            #expect(answer["Set-Cookie"] == nil)
        }
    }

    @Test("the way out ends the cookie, and wants the same site")
    func logout() async throws {
        let app = try TestApplication()
        let answer = await app.send(.post, "/logout", token: nil, cookie: "alice-token", [.secFetchSite: "same-origin"])
        #expect(answer.status == 303)
        #expect(answer["Set-Cookie"] == "floydlite_session=; HttpOnly; SameSite=Strict; Path=/; Max-Age=0")
        #expect(app.fake.calls.isEmpty, "a token that somebody put into the cookie is theirs to revoke")
        _ = await app.send(.post, "/login", token: nil, body: "token=alice-token", type: Self.form)
        let session = await app.send(.post, "/logout", token: nil, cookie: "session-alice", [.secFetchSite: "none"])
        #expect(session.status == 303)
        #expect(app.fake.calls == ["revokeToken current of a session"])
        let forged = await app.send(.post, "/logout", token: nil, cookie: "alice-token", [.secFetchSite: "cross-site"])
        #expect(forged.status == 403)
        #expect(forged["Content-Type"] == "text/html; charset=utf-8")
    }
}
