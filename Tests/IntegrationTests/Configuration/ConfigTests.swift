import FloydConformance
import Foundation
import Glibc
import Testing

/// What the config may say, and how the server says that something in it is wrong.
@Suite(.scene, .tags(.integration))
struct ConfigTests {
    /// A config, the line that its flaw is in, the key, and a word of what is said.
    private static let flawed: [(text: String, line: Int, key: String, word: String)] = [
        ("listen: 127.0.0.1:0\nisolatoin: none\n", 2, "isolatoin", "isolation"),
        ("isolation: docker\n", 1, "isolation", "bubblewrap"),
        ("# a comment\n\nresources:\n  cpus: many\n", 4, "resources.cpus", "whole number"),
        ("resources: {gpu: [0]}\n", 1, "resources.gpu", "gpus"),
        ("resources: {gpus: [0, 0]}\n", 1, "resources.gpus", "twice"),
        ("instance_types:\n  gpu:\n    gpus: -1\n", 3, "instance_types.gpu.gpus", "between"),
        ("instance_types: {gpu: {network: vpn}}\n", 1, "instance_types.gpu.network", "host"),
        ("grace_period: soon\n", 1, "grace_period", "span of time"),
        ("log_level: loud\n", 1, "log_level", "debug"),
        ("http:\n  loops: 0\n", 2, "http.loops", "between"),
        ("job_uids: {first: 0}\n", 1, "job_uids.first", "between"),
        ("listen: 127.0.0.1:0\nisolation: none\nisolation: none\n", 2, "isolation", "once more"),
        ("- a\n- b\n", 1, "keys", "mapping"),
        ("listen: [\n", 2, "node", "YAML"),
    ]

    @Test("A flaw is named with file, line and key, and nothing is started or made")
    func flaws() async throws {
        let server = try await Server.start()
        await server.stop()
        let other = "\(server.folder)/other"
        for (text, line, key, word) in Self.flawed {
            try Data(text.utf8).write(to: URL(filePath: server.configFile))
            let command = server.daemon(["serve", "--config", server.configFile, "--data-dir", other])
            let outcome = try await command.run()
            #expect(outcome.status == 1, "\(text): \(outcome.testDescription)")
            #expect(outcome.errorText.contains("\(server.configFile):\(line)"), "\(text): \(outcome.testDescription)")
            #expect(outcome.errorText.contains(key), "\(text): \(outcome.testDescription)")
            #expect(outcome.errorText.contains(word), "\(text): \(outcome.testDescription)")
            #expect(!FileManager.default.fileExists(atPath: other))
        }
        for (text, word) in [
            ("python: {packages: []}\n", "python"), ("a b: {python: \"3.11\"}\n", "a b"),
            ("x: {python: \"3.11\", packages: [\"--index-url=http://localhost\"]}\n", "packages"),
            ("x: {python: \"3.11\", package: []}\n", "package"),
        ] {
            try Data().write(to: URL(filePath: server.configFile))
            try Data(text.utf8).write(to: URL(filePath: "\(server.folder)/environments.yml"))
            let command = server.daemon(["serve", "--config", server.configFile, "--data-dir", other])
            let outcome = try await command.run()
            #expect(outcome.status == 1, "\(text): \(outcome.testDescription)")
            #expect(outcome.errorText.contains("environments.yml:1"), "\(text): \(outcome.testDescription)")
            #expect(outcome.errorText.contains(word), "\(text): \(outcome.testDescription)")
        }
        let missing = try await server.daemon(["serve", "--config", "\(other).yml", "--data-dir", other]).run()
        #expect(missing.status == 1 && missing.errorText.contains("\(other).yml"), "\(missing.testDescription)")
    }

    @Test("An empty file is a valid config, and so is the example with every key of it")
    func valid() async throws {
        let server = try await Server.start()
        await server.stop()
        let example = URL(filePath: #filePath).deletingLastPathComponent().appending(
            path: "../../../config/floydlited.yml"
        )
        let lines = try String(contentsOf: example.standardized, encoding: .utf8).split(separator: "\n")
        // A key is commented out without a space behind the mark, or with the two of its indentation.
        let whole = lines.filter { $0.hasPrefix("#") && $0.contains(/^#(\w|  [\w#])/) }.map { $0.dropFirst() }.joined(
            separator: "\n"
        )
        #expect(whole.contains("expire_after: 7d") && whole.contains("isolation: bubblewrap"))
        for text in ["", "# nothing\n", "{}\n", whole] {
            try Data(text.utf8).write(to: URL(filePath: server.configFile))
            try await server.start()
            #expect(try await server.get("/healthz").status == 200)
            #expect(await server.stop() == 0)
        }
    }

    @Test("A server on a Unix socket")
    func unixSocket() async throws {
        let server = try await Server.start()
        let alice = try await server.person("alice")
        await server.stop()
        let socket = "\(server.folder)/floydlite.sock"
        let child = try await server.serve("--listen", "unix:\(socket)").start()
        try await child.errorLine(with: "listening on unix:\(socket)")
        let login = try await alice.succeed("login", "--host", "unix:\(socket)", "--token", alice.token)
        #expect(login.text.contains("alice"))
        try await alice.makeProject("local")
        #expect(try await alice.floydlite("run", "-f", "exit 9", in: "local").status == 9)
        child.signal(SIGTERM)
        #expect(try await child.end() == 0)
        #expect(try await alice.floydlite("status").status == 69)
    }

    @Test("Without bubblewrap the server says so at the start and refuses jobs, and nothing else")
    func noSandbox() async throws {
        let server = try await Server.start(hiding: ["/usr/bin/bwrap"])
        #expect(server.log.contains("jobs are refused"), "\(server.log)")
        let alice = try await server.person("alice")
        try alice.write("1\n", to: "data/x.txt")
        try await alice.succeed("upload", "numbers", in: "data")
        try await alice.makeProject("refused")
        let outcome = try await alice.floydlite("run", "true", in: "refused")
        #expect(outcome.status == 69, "\(outcome.testDescription)")
        #expect(outcome.errorText.contains("apt-get install bubblewrap"), "\(outcome.testDescription)")
        #expect(try await server.stored().rows["jobs"] == 0)
        let shown = try await server.get("/api/v1/server", token: alice.token).json()
        #expect(shown["refusal"]?.string?.isEmpty == false, "\(shown)")
    }

    @Test("user add prints the token alone, whether the server runs or not")
    func userAdd() async throws {
        let server = try await Server.start()
        func add(_ name: String, _ more: String..., folder: String? = nil) async throws -> Outcome {
            try await server.daemon(["user", "add", name, "--data-dir", folder ?? server.dataFolder] + more).run()
        }
        let running = try await add("alice")
        await server.stop()
        let stopped = try await add("bob", "--admin")
        try await server.start()
        for (outcome, name, role) in [(running, "alice", "user"), (stopped, "bob", "admin")] {
            #expect(outcome.status == 0, "\(outcome.testDescription)")
            let token = try #require(outcome.lines.first)
            #expect(outcome.text == "\(token)\n")
            #expect(!token.contains(" ") && !outcome.errorText.contains(token))
            let account = try await server.get("/api/v1/account", token: token).json()
            #expect(account["name"]?.string == name)
            #expect(account["role"]?.string == role)
            // The server keeps no more than a hash.
            for file in ["floydlite.db", "floydlite.db-wal"] {
                let bytes = FileManager.default.contents(atPath: "\(server.dataFolder)/\(file)") ?? Data()
                #expect(bytes.range(of: Data(token.utf8)) == nil)
            }
        }
        for name in ["alice", "..", "a/b", "", "ä", "123", String(repeating: "x", count: 300)] {
            let outcome = try await add(name)
            #expect(outcome.status != 0 && outcome.output.isEmpty, "\(outcome.testDescription)")
        }
        if Actor.tester.isRoot {
            var foreign = server.daemon(["user", "add", "carol", "--data-dir", server.dataFolder])
            foreign.actor = .ordinary
            let outcome = try await foreign.run()
            #expect(outcome.status != 0 && outcome.output.isEmpty, "\(outcome.testDescription)")
        }
        #expect(try await server.stored().rows["users"] == 2)
    }

    @Test("A second server on the same folder is refused, and the first doesn't notice")
    func secondServer() async throws {
        let server = try await Server.start()
        let second = try await server.serve("--listen", "127.0.0.1:0").run()
        #expect(second.status == 1, "\(second.testDescription)")
        #expect(
            second.errorText.contains("another floydlited serves \(server.dataFolder)"),
            "\(second.testDescription)"
        )
        #expect(try await server.get("/healthz").status == 200)
        // Nor on the same address.
        let command = server.daemon([
            "serve", "--config", server.configFile, "--data-dir", "\(server.folder)/other", "--listen",
            "127.0.0.1:\(server.port)",
        ])
        let third = try await command.run()
        #expect(third.status == 1, "\(third.testDescription)")
        #expect(third.errorText.contains("\(server.port)"), "\(third.testDescription)")
    }

    @Test(
        "isolation: none is said at the start and shown with the job, which is not root's for that",
        arguments: Actor.all
    )
    func noIsolation(actor: Actor) async throws {
        let server = try await Server.start(as: actor, config: Server.plainConfig + "\nisolation: none")
        #expect(server.log.contains("isolation is none"))
        let alice = try await server.person("alice")
        try alice.write("mine\n", to: "data/x.txt")
        try await alice.succeed("upload", "mine", in: "data")
        try await alice.makeProject("open")
        let outcome = try await alice.floydlite(
            "run",
            "-f",
            "--data",
            "mine",
            "id -u; cat $FLOYD_INPUT/mine/x.txt; echo r > $FLOYD_OUTPUT/r",
            in: "open"
        )
        #expect(outcome.status == 0, "\(outcome.testDescription)")
        let uid = try #require(outcome.texts.firstIndex(of: "mine").map { outcome.texts[$0 - 1] })
        #expect(Int(uid) ?? 0 > 0, "\(outcome.testDescription)")
        #expect(try await alice.json("info", in: "open")["isolation"]?.string == "none")
        #expect(
            try await alice.succeed("info", in: "open").lines.contains {
                $0.contains("Isolation") && $0.contains("none")
            }
        )
        #expect(try await server.get("/api/v1/server", token: alice.token).json()["isolation"]?.string == "none")
        #expect(try await alice.json("output", in: "open")["files"]?.items.count == 1)
    }
}
