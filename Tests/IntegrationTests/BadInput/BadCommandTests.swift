import Foundation
import Glibc
import Testing

/// What goes wrong at the keyboard: each says what is wrong and what to do next, and leaves nothing half done.
@Suite(.scene, .tags(.integration))
struct BadCommandTests {
    @Test("Names that are none")
    func names() async throws {
        let server = try await Server.start()
        let alice = try await server.person("alice")
        try alice.write("x\n", to: "fresh/x.txt")
        let before = try await server.stored()
        for name in ["..", ".", "a/b/c", "", "a b", "é", "数据", "123", String(repeating: "x", count: 300), "bob/x"] {
            for words in [["init", name], ["data", "init", name], ["upload", name]] {
                let outcome = try await alice.command(words, in: "fresh").run()
                #expect([64, 77].contains(outcome.status), "\(outcome.testDescription)")
                #expect(outcome.output.isEmpty)
            }
        }
        let names = try FileManager.default.contentsOfDirectory(atPath: "\(alice.folder)/fresh")
        #expect(names == ["x.txt"])
        #expect(try await server.stored() == before)
    }

    @Test("Folders with something that can't be sent", arguments: Actor.all.suffix(1))
    func folders(actor: Actor) async throws {
        let server = try await Server.start()
        let alice = try await server.person("alice", as: actor)
        let before = try await server.stored()
        let traps: [(name: String, make: (String) throws -> Void)] = [
            ("outside", { try FileManager.default.createSymbolicLink(atPath: $0, withDestinationPath: "/etc/passwd") }),
            ("upward", { try FileManager.default.createSymbolicLink(atPath: $0, withDestinationPath: "../../secret") }),
            ("pipe", { mkfifo($0, 0o644) }),
            (
                "closed",
                { path in
                    try Data("x".utf8).write(to: URL(filePath: path))
                    chmod(path, 0)
                }
            ),
            (
                "shut",
                { path in
                    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
                    chmod(path, 0)
                }
            ),
        ]
        for (name, make) in traps {
            try alice.write("x\n", to: "\(name)/fine.txt")
            let path = "\(alice.folder)/\(name)/\(name)-file"
            try make(path)
            try alice.actor.own(path)
            // Root may read what nobody else may.
            guard !actor.isRoot || !["closed", "shut"].contains(name) else { continue }
            let outcome = try await alice.floydlite("upload", "trap", in: name)
            #expect([64, 66].contains(outcome.status), "\(outcome.testDescription)")
            #expect(outcome.errorText.contains("\(name)-file"), "\(outcome.testDescription)")
            #expect(!FileManager.default.fileExists(atPath: "\(alice.folder)/\(name)/.floyddata"))
        }
        #expect(try await server.stored() == before)
        // The same in a project's folder, unless it is ignored.
        try await alice.succeed("init", "trap", in: "pipe")
        let refused = try await alice.floydlite("run", "true", in: "pipe")
        #expect(refused.status == 66, "\(refused.testDescription)")
        try alice.write("pipe-file\n", to: "pipe/.floydignore")
        #expect(try await alice.floydlite("run", "-f", "ls", in: "pipe").status == 0)
    }

    @Test("Nothing there by that name, and what was perhaps meant")
    func unknown() async throws {
        let server = try await Server.start(config: "resources: {cpus: 8, gpus: []}")
        let alice = try await server.person("alice")
        try alice.write("1\n", to: "data/x.txt")
        try await alice.succeed("upload", "modelnet", in: "data")
        try await alice.makeProject("src")
        let before = try await server.stored()
        let cases: [(words: [String], status: Int32, says: [String])] = [
            (["run", "--data", "modelnett", "true"], 68, ["modelnett", "Did you mean", "modelnet?"]),
            (["run", "--data", "bob/modelnet", "true"], 68, ["bob/modelnet"]),
            (["run", "--data", "modelnet/9", "true"], 68, ["modelnet/9"]),
            (["run", "--data", "../x", "true"], 64, ["\"..\""]),
            (["run", "--env", "pytorch", "true"], 68, ["pytorch", "keras, python, sklearn"]),
            (["run", "--gpu", "true"], 69, ["gpu", "instance_types: {gpu: {gpus: 0, cpus: 2}}"]),
            (["run", ""], 64, ["command"]), (["run"], 64, ["command"]), (["run", "  "], 64, ["command"]),
            (["run", "--max-runtime", "0", "true"], 64, ["0"]),
            (["run", "--task", "train"], 64, ["floyd.yml"]),
            (["info", "7"], 68, ["alice/projects/src"]), (["logs", "-t", "nothing/1"], 68, ["nothing/1"]),
            (["stop", "abcdefghijkmnopqrstuvw"], 68, []),
            (["output", "7"], 68, ["alice/projects/src"]), (["info", "../x"], 64, ["\"..\""]),
        ]
        for (words, status, says) in cases {
            let outcome = try await alice.command(words, in: "src").run()
            #expect(outcome.status == status, "\(outcome.testDescription)")
            #expect(outcome.output.isEmpty, "\(outcome.testDescription)")
            for text in says { #expect(outcome.errorText.contains(text), "\(text): \(outcome.testDescription)") }
        }
        // Outside a project.
        for words in [["run", "true"], ["info"], ["logs"], ["stop"], ["output"]] {
            let outcome = try await alice.command(words, in: "data").run()
            #expect(outcome.status == 66, "\(outcome.testDescription)")
            #expect(outcome.errorText.contains("floydlite init"), "\(outcome.testDescription)")
        }
        #expect(try await server.stored() == before)

        // What the server alone can judge, it judges when the code is there; the job is not.
        let taken = try await alice.floydlite("run", "--data", "modelnet:usr", "true", in: "src")
        #expect(taken.status == 64, "\(taken.testDescription)")
        #expect(taken.errorText.contains("usr"), "\(taken.testDescription)")
        #expect(try await server.stored().rows["jobs"] == 0)
    }

    @Test("No server, or not with this token")
    func connection() async throws {
        let server = try await Server.start()
        let alice = try await server.person("alice")
        try await alice.makeProject("src")
        let before = try await server.stored()
        for host in ["http://127.0.0.1:1", "unix:/nonexistent/socket", "http://floydlite.invalid"] {
            for words in [["status"], ["run", "true"], ["login", "--host", host, "--token", alice.token]] {
                let variables = ["FLOYDLITE_HOST": host, "FLOYDLITE_TOKEN": alice.token]
                let outcome = try await alice.command(words, in: "src", environment: variables).run()
                #expect(outcome.status == 69, "\(outcome.testDescription)")
                #expect(outcome.output.isEmpty)
                #expect(
                    outcome.errorText.contains("127.0.0.1:1") || outcome.errorText.contains("nonexistent")
                        || outcome.errorText.contains("invalid")
                )
            }
        }
        for host in ["ftp://x", "nonsense://", "http://127.0.0.1:99999", ""] {
            let outcome = try await alice.floydlite("login", "--host", host, "--token", alice.token)
            #expect(outcome.status == 64, "\(outcome.testDescription)")
        }
        let wrong = try await alice.floydlite("run", "true", in: "src", environment: ["FLOYDLITE_TOKEN": "wrong"])
        #expect(wrong.status == 77, "\(wrong.testDescription)")
        #expect(wrong.errorText.contains("login"), "\(wrong.testDescription)")
        #expect(try await server.stored() == before)
        // The login is as it was.
        #expect(try await alice.floydlite("status").status == 0)
    }
}
