import FloydConformance
import Foundation
import Testing

/// How versions come to be on the server's side, and how they end.
@Suite(.scene, .tags(.integration))
struct VersionLifeTests {
    private static let config = Server.plainConfig + "\nstorage: {grace: 0s}"

    private func administrate(_ server: Server, _ words: String...) async throws -> Outcome {
        try await server.daemon(words + ["--config", server.configFile, "--data-dir", server.dataFolder]).run()
    }

    @Test("A job's results become a version, which the next job uses, and which goes when nothing needs it")
    func results() async throws {
        let server = try await Server.start(config: Self.config)
        let alice = try await server.person("alice")
        try await alice.makeProject("train", ["main.py": "open('/output/model', 'w').write('weights')\n"])
        let id = try await alice.submit("python main.py", in: "train")
        _ = try await alice.job(id, is: "finished")
        let version = try await alice.json("data", "add", id, "models")
        #expect(version["name"]?.string == "alice/datasets/models/1")
        #expect(version["size"]?.integer == 7)
        #expect(version["message"]?.string == "output of alice/projects/train/1")
        #expect(try await alice.succeed("data", "verify", "models/1").text.contains("is whole"))

        let reading = try await alice.submit("--data", "models/1", "cat /models/model; sleep 100", in: "train")
        _ = try await alice.job(reading, is: "running")
        let refused = try await alice.floydlite("data", "delete", "-y", "models/1")
        #expect(refused.status == 75)
        #expect(refused.errorText.contains("alice/projects/train/2"))
        try await alice.succeed("stop", reading, "--now")
        _ = try await alice.job(reading, is: "finished")
        #expect(try await alice.log(of: reading).contains("weights"))
        #expect(try await alice.floydlite("data", "delete", "models/1").status == 64)
        try await alice.succeed("data", "delete", "-y", "models/1")
        #expect(try await alice.json("data", "status", "models")["items"]?.items.isEmpty == true)
        #expect(try await alice.floydlite("run", "--data", "models/1", "true", in: "train").status == 68)
        // The job still names it, and the next one has another number.
        #expect(
            try await alice.json("info", reading)["data"]?.items.first?["source"]?.string == version["name"]?.string
        )
        #expect(try await alice.json("data", "add", id, "models")["number"]?.integer == 2)
    }

    @Test("What a job left that leads out of its output makes no version")
    func hostileResults() async throws {
        let server = try await Server.start(config: Self.config)
        let alice = try await server.person("alice")
        try await alice.makeProject("hostile")
        for (make, part) in [
            ("ln -s /etc/shadow /output/x", "\"x\" to \"/etc/shadow\""),
            ("ln -s ../../../floydlite.db /output/x", "floydlite.db"), ("mkfifo /output/x", "is a FIFO"),
        ] {
            let id = try await alice.submit("echo fine > /output/a; \(make)", in: "hostile")
            _ = try await alice.job(id, is: "finished")
            let outcome = try await alice.floydlite("data", "add", id, "stolen")
            #expect(outcome.status == 64, "\(outcome.testDescription)")
            #expect(outcome.errorText.contains(part), "\(outcome.testDescription)")
        }
        #expect(try await alice.json("data", "status", "stolen")["items"]?.items.isEmpty == true)
    }

    @Test("An administrator imports, checks and collects beside the running server")
    func administration() async throws {
        let server = try await Server.start(config: Self.config)
        let alice = try await server.person("alice")
        try alice.write("one\n", to: "big/a/1")
        try alice.write("*.tmp\n", to: "big/.floydignore")
        try alice.write("junk\n", to: "big/x.tmp")
        let imported = try await administrate(
            server,
            "data",
            "import",
            "\(alice.folder)/big",
            "alice/datasets/big",
            "-m",
            "m"
        )
        #expect(imported.status == 0, "\(imported.testDescription)")
        #expect(imported.lines == ["alice/datasets/big/1"])
        #expect(try await alice.json("data", "status", "big/1")["files"]?.integer == 2)
        let clean = try await administrate(server, "data", "fsck")
        #expect(clean.status == 0, "\(clean.testDescription)")
        #expect(clean.lines.last == "clean")

        try Data("junk".utf8).write(to: URL(filePath: "\(server.dataFolder)/blobs/contents/junk"))
        let wrong = try await administrate(server, "data", "fsck", "--quick")
        #expect(wrong.status == 1)
        #expect(wrong.text.contains("contents/junk"))
        #expect(try await administrate(server, "data", "fsck", "--repair").status == 0)

        try await alice.succeed("data", "delete", "-y", "big/1")
        // By the server itself, or by this.
        _ = try await eventually("the contents to be collected") {
            _ = try await administrate(server, "data", "gc")
            let left = try FileManager.default.subpathsOfDirectory(atPath: "\(server.dataFolder)/blobs/contents")
            return left.contains { $0.utf8.count > 2 } ? nil : true
        }
        #expect(try await administrate(server, "data", "fsck").status == 0)
        #expect(try await administrate(server, "data", "import", "/nowhere", "alice/x").status == 1)
    }

    @Test("A full disk or quota is a 507 that says what to do, and the upload goes on when there is room")
    func quota() async throws {
        let server = try await Server.start(
            config: Server.plainConfig + "\nstorage: {grace: 0s, quotas: {alice: 1KiB}}"
        )
        let alice = try await server.person("alice")
        let bob = try await server.person("bob")
        for person in [alice, bob] {
            try person.write(String(repeating: "x", count: 2_000), to: "data/large")
            try person.write("small\n", to: "small/file")
        }
        let refused = try await alice.floydlite("data", "upload", "large", in: "data")
        #expect(refused.status == 75, "\(refused.testDescription)")
        #expect(refused.errorText.contains("quota of 1 KiB") && refused.errorText.contains("data delete"))
        try await alice.succeed("data", "upload", "small", in: "small")
        try await bob.succeed("data", "upload", "large", in: "data")
    }
}
