import FloydConformance
import Foundation
import Testing

/// Accounts, tokens and visibility with the real programs.
@Suite(.scene, .tags(.integration))
struct AccountTests {
    @Test("A token is made, used and revoked; the next request hears of it")
    func tokens() async throws {
        let server = try await Server.start()
        let alice = try await server.person("alice")
        let made = try await alice.succeed("token", "create", "ci", "--expires", "90d")
        let token = try #require(made.lines.first)
        #expect(made.lines == [token] && token.hasPrefix("floyd_") && token.utf8.count == 49)
        #expect(try await server.get("/api/v1/account", token: token).status == 200)
        let listed = try await alice.json("token", "list")["items"]?.items ?? []
        #expect(listed.map { $0["name"]?.string } == ["ci", "first token"])
        #expect(listed.map { $0["current"] } == [.boolean(false), .boolean(true)])
        #expect(try await alice.floydlite("token", "create", "ci").status == 75, "the name is taken")
        try await alice.succeed("token", "revoke", "ci")
        let refused = try await server.get("/api/v1/account", token: token)
        #expect(refused.status == 401)
        #expect(try refused.json()["detail"]?.string == "the token was revoked")
        // The logout makes what was saved worthless, and the administrator makes another.
        try await alice.succeed("logout", "--revoke")
        #expect(try await server.get("/api/v1/account", token: alice.token).status == 401)
        let again = try await server.daemon(["user", "token", "alice", "--data-dir", server.dataFolder]).run()
        #expect(again.lines.count == 1)
        try await alice.succeed("login", "--host", server.address, "--token", try #require(again.lines.first))
        // What has become of them is never told with a secret.
        for secret in [token, alice.token] + again.lines {
            #expect(!(try await alice.succeed("token", "list", "--all").text.contains(secret)))
            #expect(!server.log.contains(secret))
        }
    }

    @Test("A forgotten --data-dir is told, and nothing is made for it; who makes a new data folder is told that")
    func forgottenDataFolder() async throws {
        let server = try await Server.start()
        let empty = "\(server.folder)/nowhere"
        for words in [
            ["user", "list"], ["user", "token", "alice"], ["user", "token", "alice", "--list"],
            ["user", "disable", "alice"], ["user", "enable", "alice"], ["data", "gc"], ["data", "fsck"],
            ["data", "import", server.folder, "alice/datasets/x"],
        ] {
            let outcome = try await server.daemon(words + ["--data-dir", empty]).run()
            #expect(outcome.status == 1, "\(outcome.testDescription)")
            #expect(
                outcome.errorText.hasPrefix("floydlited: error: there is no Floydlite data in \(empty)\n")
                    && outcome.errorText.contains("--data-dir"),
                "\(outcome.testDescription)"
            )
            #expect(!FileManager.default.fileExists(atPath: empty))
        }
        // Not for a name that is none, either.
        #expect(try await server.daemon(["user", "add", "a b", "--data-dir", empty]).run().status == 1)
        #expect(!FileManager.default.fileExists(atPath: empty))
        let first = try await server.daemon(["user", "add", "alice", "--data-dir", empty]).run()
        #expect(first.lines.count == 1 && first.errorText.contains("A new data folder was made: \(empty)\n"))
        let second = try await server.daemon(["user", "add", "bob", "--data-dir", empty]).run()
        #expect(second.lines.count == 1 && !second.errorText.contains("folder"))
        #expect(try await server.daemon(["user", "list", "--data-dir", empty]).run().status == 0)
    }

    @Test("A web login is a session of its own, which the logout ends alone")
    func sessions() async throws {
        let server = try await Server.start()
        let alice = try await server.person("alice")
        func logIn() async throws -> String {
            let answer = try await server.request(
                "POST",
                "/login",
                ["Content-Type": "application/x-www-form-urlencoded"],
                body: Array("token=\(alice.token)".utf8)
            )
            #expect(answer.status == 303)
            let cookie = try #require(answer.fields["set-cookie"])
            #expect(cookie.hasSuffix("; HttpOnly; SameSite=Strict; Path=/"))
            #expect(!cookie.contains(alice.token))
            return String(cookie.prefix { $0 != ";" })
        }
        let (one, other) = (try await logIn(), try await logIn())
        func status(_ cookie: String) async throws -> Int {
            try await server.get("/api/v1/account", ["Cookie": cookie]).status
        }
        #expect(try await status(one) == 200)
        let out = try await server.request("POST", "/logout", ["Cookie": one, "Sec-Fetch-Site": "same-origin"])
        #expect(out.status == 303)
        #expect(try await status(one) == 401)
        #expect(try await status(other) == 200)
        try await alice.succeed("status")
        try await alice.succeed("token", "revoke", "current")
        #expect(try await status(other) == 401)
    }

    @Test(
        "What is public can be read and mounted by others and changed by nobody else; made private again, a job keeps it to its end"
    )
    func visibility() async throws {
        let server = try await Server.start()
        let alice = try await server.person("alice")
        let bob = try await server.person("bob")
        try bob.write("shared\n", to: "data/file.txt")
        try await bob.succeed("data", "init", "set", in: "data")
        try await bob.succeed("data", "upload", in: "data")
        try await alice.makeProject("work")
        let absent = try await alice.floydlite("run", "--data", "bob/datasets/set", "true", in: "work")
        #expect(absent.status == 68)
        #expect(try await bob.succeed("visibility", "set", "public").text == "bob/datasets/set is public\n")
        #expect(try await bob.succeed("data", "status", "set").text.contains("public"))

        let command = "cat /input/file.txt; while [ ! -e /output/go ]; do sleep 0.1; done; cat /input/file.txt"
        let job = try await alice.submit("--data", "bob/datasets/set", command, in: "work")
        _ = try await alice.job(job, is: "running")
        let queued = try await alice.floydlite("visibility", "bob/datasets/set", "private")
        #expect(queued.status == 77, "\(queued.testDescription)")
        #expect(try await alice.floydlite("data", "delete", "-y", "bob/set/1").status == 77)
        let deleted = try await bob.floydlite("data", "delete", "-y", "set/1")
        #expect(deleted.status == 75 && !deleted.errorText.contains("work"), "\(deleted.testDescription)")
        try await bob.succeed("visibility", "set", "private")
        #expect(try await alice.floydlite("data", "listfiles", "bob/set/1").status == 68)
        try Data().write(to: URL(filePath: "\(server.run(of: job))/output/go"))
        _ = try await alice.job(job, is: "finished")
        #expect(try await alice.log(of: job).components(separatedBy: "shared").count == 3)

        // A project with its jobs.
        let id = try await alice.json("info", job)["name"]?.string
        #expect(try await bob.floydlite("logs", job).status == 68)
        try await alice.succeed("visibility", "public", in: "work")
        for words in [["logs", job], ["info", job], ["output", job]] {
            #expect(try await bob.command(words).run().status == 0, "\(words)")
        }
        #expect(try await bob.floydlite("stop", job).status == 77)
        #expect(id == "alice/projects/work/1")
    }

    @Test("A disabled account is refused at once; its job goes on, and what it has waiting waits")
    func disabled() async throws {
        let server = try await Server.start(config: Server.plainConfig.replacing("cpus: 8", with: "cpus: 2"))
        let admin = try await server.daemon(["user", "add", "boss", "--admin", "--data-dir", server.dataFolder]).run()
        let boss = try #require(admin.lines.first)
        let alice = try await server.person("alice")
        try await alice.makeProject("work")
        let running = try await alice.submit("while [ ! -e /output/go ]; do sleep 0.1; done", in: "work")
        _ = try await alice.job(running, is: "running")
        let waiting = try await alice.submit("true", in: "work")
        let disabled = try await server.daemon(["user", "disable", "alice", "--data-dir", server.dataFolder]).run()
        #expect(disabled.status == 0)
        #expect(disabled.errorText.contains("1 job of it goes on"))
        #expect(disabled.errorText.contains("1 job of it waits"))
        let refused = try await alice.floydlite("status")
        #expect(refused.status == 77 && refused.errorText.contains("the account is disabled"))

        @Sendable func job(_ id: String) async throws -> JSON {
            try await server.get("/api/v1/jobs/\(id)", token: boss).json()
        }
        #expect(try await job(running)["state"]?.string == "running")
        try Data().write(to: URL(filePath: "\(server.run(of: running))/output/go"))
        _ = try await eventually("the running job's end") {
            try await job(running)["outcome"]?.string == "success" ? true : nil
        }
        let held = try await job(waiting)
        #expect(held["state"]?.string == "queued")
        #expect(held["reason"]?.string?.contains("alice is disabled") == true)
        let listed = try await server.daemon(["user", "list", "--json", "--data-dir", server.dataFolder]).run()
        let users = try JSON(listed.output).items
        #expect(users.map { $0["state"]?.string } == ["disabled", "active"])
        #expect(
            try await server.daemon(["user", "enable", "alice", "--data-dir", server.dataFolder]).run().status == 0
        )
        _ = try await alice.job(waiting, is: "finished")
    }
}
