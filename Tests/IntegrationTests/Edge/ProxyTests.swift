import FloydConformance
import Foundation
import Glibc
import Testing

extension Tag {
    /// Takes seconds.
    @Tag static var slow: Self
}

/// The server behind a proxy with TLS, as it is deployed.
@Suite(.scene, .tags(.integration, .slow), .enabled(if: !TLSProxy.Program.installed.isEmpty))
struct ProxyTests {
    private struct Setting {
        var server: Server
        var proxy: TLSProxy
        var alice: Person
        var accessLog: String
    }

    private static func setting(_ program: TLSProxy.Program) async throws -> Setting {
        let log = "\(try Scene.current.folder)/access.log"
        let server = try await Server.start(
            config: """
                \(Server.plainConfig)
                trusted_proxies: [127.0.0.1]
                access_log: \(log)
                """
        )
        let proxy = try await TLSProxy.start(program, before: server)
        return Setting(server: server, proxy: proxy, alice: try await server.person("alice"), accessLog: log)
    }

    @Test("login, upload, submit and follow go through it", arguments: TLSProxy.Program.installed)
    func course(_ program: TLSProxy.Program) async throws {
        let setting = try await Self.setting(program)
        let (alice, proxy) = (setting.alice, setting.proxy)
        func floydlite(_ words: String..., in folder: String = ".") async throws -> Outcome {
            try await alice.command(words, in: folder, environment: proxy.trust).run()
        }
        let untrusted = try await alice.floydlite("login", "--host", proxy.address, "--token", alice.token)
        #expect(untrusted.status != 0 && untrusted.errorText.contains("SSL_CERT_FILE"), "\(untrusted.testDescription)")
        let login = try await floydlite("login", "--host", proxy.address, "--token", alice.token)
        try #require(login.status == 0, "\(login.testDescription)")
        #expect(!login.errorText.contains("wire"))

        var generator = SystemRandomNumberGenerator()
        let bytes = (0..<3_000_000).map { _ in UInt8.random(in: 0...255, using: &generator) }
        try alice.write("x", to: "data/small.txt")
        try Data(bytes).write(to: URL(filePath: "\(alice.folder)/data/large.bin"))
        let upload = try await floydlite("upload", "things", in: "data")
        try #require(upload.status == 0, "\(upload.testDescription)")

        try alice.write("print('hello')\n", to: "p/main.py")
        try #require(try await floydlite("init", "p", in: "p").status == 0)
        let command =
            #"wc -c < /input/large.bin; until [ -e go ]; do sleep 0.02; done; echo "at $EPOCHREALTIME"; until [ -e end ]; do sleep 0.02; done"#
        let run = try await floydlite("run", "--json", "--data", "things", command, in: "p")
        try #require(run.status == 0, "\(run.testDescription)")
        let job = try #require(try JSON(run.output)["id"]?.string)
        let follower = try await alice.command(["logs", "--raw", "-t", job], environment: proxy.trust).start()
        try await follower.outputLine(with: "3000000")
        // The job goes on when its line has come: a proxy that kept it until there is more would keep it for ever.
        try setting.server.signal(job, "go")
        let line = try await follower.outputLine(with: "at ", within: .seconds(20))
        let sent = try #require(Double(line.dropFirst(3)))
        let late = Date().timeIntervalSince1970 - sent
        #expect(late < 5, "the line took \(late) s")
        try setting.server.signal(job, "end")
        #expect(try await follower.end() == 0)
    }

    @Test("a restart of the server behind it is waited out, also by who follows", arguments: TLSProxy.Program.installed)
    func restart(_ program: TLSProxy.Program) async throws {
        let setting = try await Self.setting(program)
        let (server, alice, proxy) = (setting.server, setting.alice, setting.proxy)
        func start(_ words: String..., in folder: String) async throws -> Child {
            try await alice.command(words, in: folder, environment: proxy.trust).start()
        }
        let login = try await start("login", "--host", proxy.address, "--token", alice.token, in: ".")
        try #require(try await login.end() == 0)
        try alice.write("x", to: "data/x.txt")
        try alice.write("print('hello')\n", to: "p/main.py")
        try #require(try await start("init", "p", in: "p").end() == 0)
        let command = "echo up; until [ -e end ]; do sleep 0.02; done; echo down"
        let run = try await start("run", "--json", command, in: "p").outcome()
        let job = try #require(try JSON(run.output)["id"]?.string, "\(run.testDescription)")
        let follower = try await start("logs", "--raw", "-t", job, in: "p")
        try await follower.outputLine(with: "up")
        await server.stop()
        var tools = [follower]
        for words in [["status"], ["run", "true"], ["upload", "things"]] {
            let folder = words[0] == "upload" ? "data" : "p"
            tools.append(try await alice.command(words, in: folder, environment: proxy.trust).start())
        }
        for tool in tools { try await tool.errorLine(with: "trying again", within: .seconds(5)) }
        try await server.start()
        try server.signal(job, "end")
        for tool in tools {
            let outcome = try await tool.outcome()
            #expect(outcome.status == 0, "\(outcome.testDescription)")
        }
        #expect(follower.output.value.text == "up\ndown\n")
        #expect(try await server.stored().rows["jobs"] == 2)
    }

    @Test("an upload is passed on while it comes", arguments: TLSProxy.Program.installed)
    func unbuffered(_ program: TLSProxy.Program) async throws {
        let setting = try await Self.setting(program)
        let hash = String(repeating: "a", count: 64)
        let manifest = #"{"path":"x","type":"file","size":4000000,"blake3":"\#(hash)"}"# + "\n"
        let begun = try await setting.server.upload(manifest, token: setting.alice.token)
        let upload = try #require(try begun.json()["id"]?.string)
        let file = try setting.alice.write(String(repeating: "x", count: 4_000_000), to: "large")
        var command = Command(program: "/usr/bin/curl")
        command.arguments = [
            "-sS", "--limit-rate", "100k", "--cacert", setting.proxy.certificate, "-X", "PATCH", "--data-binary",
            "@\(file)",
            "-H", "Authorization: Bearer \(setting.alice.token)", "-H", "Tus-Resumable: 1.0.0", "-H",
            "Upload-Offset: 0",
            "-H", "Content-Type: application/offset+octet-stream", "\(setting.proxy.address)/api/v1/uploads/\(upload)",
        ]
        command.environment = Command.basicEnvironment
        let admin = try await setting.server.daemon([
            "user", "add", "boss", "--admin", "--config", setting.server.configFile, "--data-dir",
            setting.server.dataFolder,
        ]).run()
        let token = try #require(admin.lines.first)
        let child = try await command.start()
        try Scene.current.atEnd { child.signal(SIGKILL) }
        let server = setting.server
        // All of it takes 40 s to send: a proxy that waited for that would not have sent any by then.
        let received = try await eventually("the first bytes", within: .seconds(15)) { () -> Double? in
            let text = try await server.get("/metrics", token: token).text
            let line = text.split(separator: "\n").first { $0.hasPrefix("floydlite_upload_bytes_total ") }
            let bytes = line.flatMap { $0.split(separator: " ").last }.flatMap { Double($0) } ?? 0
            return bytes > 0 ? bytes : nil
        }
        #expect(received < 4_000_000 && !child.hasEnded)
        child.signal(SIGKILL)
        _ = try await child.end()
    }

    @Test("the server knows the client, and that it came by TLS", arguments: TLSProxy.Program.installed)
    func origin(_ program: TLSProxy.Program) async throws {
        let setting = try await Self.setting(program)
        let proxy = setting.proxy
        let login = try await proxy.curl(
            "-i",
            "--data-urlencode",
            "token=\(setting.alice.token)",
            "-H",
            "X-Forwarded-For: 6.6.6.6",
            "-H",
            "Forwarded: for=6.6.6.6;proto=http",
            "-H",
            "X-Forwarded-Proto: http",
            "\(proxy.address)/login",
            from: "127.0.0.5"
        )
        let cookie = try #require(
            login.text.split(separator: "\r\n").first { $0.lowercased().hasPrefix("set-cookie:") }
        )
        #expect(cookie.hasSuffix("; Secure") && cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"))
        #expect(login.text.lowercased().contains("strict-transport-security:"))
        // A change is taken from pages of the address that the browser sees, and from no other.
        for (origin, status) in [
            (proxy.address, "303"), ("http://127.0.0.1:\(proxy.port)", "403"), (setting.server.address, "403"),
        ] {
            let answer = try await proxy.curl(
                "-o",
                "/dev/null",
                "-w",
                "%{http_code}",
                "-X",
                "POST",
                "-H",
                "Origin: \(origin)",
                "-b",
                "floydlite_session=\(setting.alice.token)",
                "\(proxy.address)/logout"
            )
            #expect(answer.text == status, "\(origin)")
        }
        // Without the proxy nobody is believed who isn't it; the tests come from its address, and say nothing.
        let direct = try await setting.server.request(
            "POST",
            "/login",
            ["Content-Type": "application/x-www-form-urlencoded"],
            body: Array("token=\(setting.alice.token)".utf8)
        )
        #expect(direct.fields["set-cookie"]?.contains("Secure") == false)
        let log = setting.accessLog
        let line = try await eventually("the login's line") { () -> JSON? in
            let text = try String(contentsOfFile: log, encoding: .utf8)
            return try text.split(separator: "\n").first { $0.contains(#""route":"/login""#) }.map {
                try JSON(Array($0.utf8))
            }
        }
        #expect(line["client"]?.string == "127.0.0.5")
        let plain = try await proxy.curl("-i", "http://127.0.0.1:\(proxy.plainPort)/jobs/x")
        #expect(
            [" 301 ", " 308 "].contains { plain.text.contains($0) }
                && plain.text.contains("Location: https://127.0.0.1/jobs/x")
        )
    }
}
