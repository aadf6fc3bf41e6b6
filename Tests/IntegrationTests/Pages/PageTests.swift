import FloydConformance
import Foundation
import Testing

/// The web pages as a browser without scripts has them.
@Suite(.scene, .tags(.integration))
struct PageTests {
    /// Logs in as the form does.
    private func logIn(_ server: Server, token: String, _ fields: [String: String] = [:]) async throws -> Answer {
        let form = ["Content-Type": "application/x-www-form-urlencoded"].merging(fields) { $1 }
        return try await server.request("POST", "/login", form, body: Array("token=\(token)&next=".utf8))
    }

    @Test("Login with a token gives a cookie that no script reads and no other site sends")
    func login() async throws {
        let server = try await Server.start()
        let alice = try await server.person("alice")
        let front = try await server.get("/")
        #expect(front.status == 200)
        #expect(front.text.contains("name=\"token\"") && front.text.contains("type=\"password\""))
        let wrong = try await logIn(server, token: "wrong")
        #expect(wrong.status == 401)
        #expect(wrong.fields["set-cookie"] == nil)
        let elsewhere = try await logIn(server, token: alice.token, ["Origin": "http://evil.example"])
        #expect(elsewhere.status == 403)
        #expect(elsewhere.fields["set-cookie"] == nil)

        let entered = try await logIn(server, token: alice.token)
        #expect(entered.status == 303)
        let cookie = try #require(entered.fields["set-cookie"])
        let attributes = Set(cookie.split(separator: ";").dropFirst().map { $0.trimmingCharacters(in: .whitespaces) })
        #expect(attributes.isSuperset(of: ["HttpOnly", "SameSite=Strict", "Path=/"]), "\(cookie)")
        let pair = String(cookie.prefix { $0 != ";" })
        let queue = try await server.get("/", ["Cookie": pair])
        #expect(queue.status == 200)
        #expect(queue.text.contains("alice") && !queue.text.contains("name=\"token\""))
        let left = try await server.request("POST", "/logout", ["Cookie": pair, "Origin": "http://127.0.0.1"])
        #expect(left.fields["set-cookie"]?.contains("Max-Age=0") == true)

        // Without a login a job's page leads to it.
        let closed = try await server.get("/jobs/abcdefghijkmnopqrstuvw")
        #expect(closed.status == 303)
        #expect(closed.fields["location"]?.hasPrefix("/?next=") == true)
    }

    @Test("A job's page shows state, reason, log and results, and what the job printed is never markup")
    func jobPage() async throws {
        let server = try await Server.start()
        let alice = try await server.person("alice")
        let evil = "<script>alert(1)</script>"
        try await alice.makeProject("page")
        let command =
            "echo '\(evil)<img src=x onerror=y>'; echo $'\\033[2J\\033]0;title\\007'; echo x > '/output/<b>&\"q\".txt'; exit 3"
        let job = try await alice.submit("--message", "message \(evil)", command, in: "page")
        _ = try await alice.job(job, is: "finished")
        // With every form a browser says which page it is of.
        let cookie = ["Cookie": "floydlite_session=\(alice.token)", "Origin": "http://127.0.0.1"]
        let page = try await server.get("/jobs/\(job)", cookie)
        #expect(page.status == 200)
        #expect(page.fields["content-type"] == "text/html; charset=utf-8")
        #expect(page.text.contains("failed"))
        #expect(page.text.contains("exit code 3"))
        #expect(page.text.contains("&lt;script&gt;alert(1)&lt;/script&gt;&lt;img"))
        #expect(
            !page.text.contains("<script>alert") && !page.text.contains("<img src=x") && !page.text.contains("<b>&")
        )
        #expect(!page.body.contains(0x1b) && !page.body.contains(0x07))
        let policy = try #require(page.fields["content-security-policy"])
        #expect(policy.contains("default-src") && !policy.contains("unsafe-inline"), "\(policy)")
        #expect(page.fields["x-frame-options"] != nil || policy.contains("frame-ancestors 'none'"))

        // The results are links that work.
        let link = try #require(page.text.firstMatch(of: /href="(\/api\/v1\/jobs\/[^"]*\/output\/[^"]*)"/)?.output.1)
        let file = try await server.get(String(link), cookie)
        #expect(file.text == "x\n", "\(link): \(file.text)")

        let waiting = try await alice.submit("sleep 1000", in: "page")
        _ = try await alice.job(waiting, is: "running")
        let foreign = try await server.request(
            "POST",
            "/jobs/\(waiting)/stop",
            cookie.merging(["Origin": "http://evil.example"]) { $1 }
        )
        #expect(foreign.status == 403)
        let stop = try await server.request("POST", "/jobs/\(waiting)/stop", cookie)
        #expect(stop.status == 303)
        #expect(try await alice.job(waiting, is: "finished")["outcome"]?.string == "shutdown")
        let queue = try await server.get("/", cookie)
        #expect(queue.text.contains("page/1") && queue.text.contains("page/2"))
        #expect(!queue.text.contains("<script>alert"))
    }
}
