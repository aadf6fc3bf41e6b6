import FloydConformance
import Foundation
import Glibc
import Testing

/// The real tool on the server's own machine: whom the kernel names needs no token.
@Suite(.scene, .tags(.integration), .enabled(if: Actor.canBeSeveral))
struct LocalSocketTests {
    /// What the tool says to a user whom no line of the config names.
    private static func isRefused(_ outcome: Outcome, _ uid: uid_t, _ hint: String) -> Bool {
        let lines = [
            "floydlite: error: no token was shown, and your user (uid \(uid)) is no account here", "  \(hint)", "",
        ]
        return outcome.status == 77 && outcome.output.isEmpty && outcome.errorText == lines.joined(separator: "\n")
    }

    private static func owner(_ path: String) -> uid_t? {
        var status = stat()
        return lstat(path, &status) == 0 ? status.st_uid : nil
    }

    private struct Setting {
        var server: Server
        var socket: String
        /// What names the server to the tool.
        var host: [String: String] { ["FLOYDLITE_HOST": "unix:\(socket)"] }

        /// Has the config name these users.
        func restart(_ users: String) async throws {
            let text = try String(contentsOfFile: server.configFile, encoding: .utf8)
            let kept = text.split(separator: "\n").filter { !$0.hasPrefix("local_socket:") }
            let lines = kept + ["local_socket: {path: \(socket), users: {\(users)}}"]
            await server.stop()
            try Data(lines.joined(separator: "\n").utf8).write(to: URL(filePath: server.configFile))
            try await server.start()
        }
    }

    private static func setting(_ users: String) async throws -> Setting {
        let socket = "\(try Scene.current.folder)/d.sock"
        let config = "\(Server.plainConfig)\nlocal_socket: {path: \(socket), users: {\(users)}}"
        return Setting(server: try await Server.start(config: config), socket: socket)
    }

    @Test(
        "A user whom the config names works as the account from the first upload to the results, and never shows a token"
    )
    func course() async throws {
        let uid = try #require(Actor.ordinary.id)
        let setting = try await Self.setting("\(uid): alice")
        let alice = try await setting.server.newcomer("alice", as: .ordinary)
        let bob = try await setting.server.person("bob")
        // Nothing saved: the address alone says it all.
        let first = try await alice.command(["status"], environment: setting.host).run()
        try #require(first.status == 0, "\(first.testDescription)")
        let login = try await alice.json("login", "--host", "unix:\(setting.socket)")
        #expect(login["name"]?.string == "alice", "\(login)")
        let settings = try FileManager.default.subpathsOfDirectory(atPath: alice.settings)
            .map { FileManager.default.contents(atPath: "\(alice.settings)/\($0)") ?? Data() }
        #expect(!settings.isEmpty)
        for file in settings { #expect(!String(decoding: file, as: UTF8.self).contains("floyd_")) }

        try alice.write(String(repeating: "x", count: 3_000_000), to: "data/large.txt")
        let version = try await alice.json("upload", "things", in: "data")
        #expect(version["name"]?.string == "alice/datasets/things/1", "\(version)")
        try await alice.makeProject("p")
        let command = """
            wc -c < /input/large.txt; until [ -e go ]; do sleep 0.02; done; echo went
            until [ -e end ]; do sleep 0.02; done; echo done > /output/result; id -u
            """
        let job = try await alice.submit("--data", "things", command, in: "p")
        let follower = try await alice.command(["logs", "--raw", "-t", job]).start()
        try await follower.outputLine(with: "3000000")
        try setting.server.signal(job, "go")
        try await follower.outputLine(with: "went")
        try setting.server.signal(job, "end")
        let followed = try await follower.outcome()
        try #require(followed.status == 0, "\(followed.testDescription)")
        // The job is the account's, under a uid of its own, and not its owner's on the machine.
        let jobID = try #require(followed.lines.last.flatMap { uid_t($0) })
        #expect(jobID > 1_700_000_000)

        let listed = try await alice.json("status", in: "p")["items"]?.items ?? []
        #expect(listed.map { $0["name"]?.string } == ["alice/projects/p/1"], "\(listed)")
        #expect(listed.first?["outcome"]?.string == "success")
        try await alice.succeed("output", job, "--download", "got")
        #expect(try alice.read("got/result") == "done\n")
        #expect(Self.owner("\(alice.folder)/got/result") == uid)
        // Others' things are others', here too.
        #expect(try await bob.floydlite("info", job).status == 68)
        try await bob.makeProject("q")
        let other = try await bob.submit("true", in: "q")
        #expect(try await alice.floydlite("info", other).status == 68)
    }

    @Test("Who isn't named is told the line that would, and with that line is let in")
    func unmapped() async throws {
        let uid = try #require(Actor.stranger.id)
        let setting = try await Self.setting("\(try #require(Actor.ordinary.id)): alice")
        let bob = Person(
            server: setting.server,
            name: "bob",
            token: "",
            folder: try Scene.current.makeFolder("bob", for: .stranger),
            actor: .stranger
        )
        func status() async throws -> Outcome { try await bob.command(["status"], environment: setting.host).run() }
        let line = #"local_socket: {users: {"\#(uid)": ACCOUNT}}"#
        let hint = "Log in with a token, or have the administrator add you to the config: \(line)."
        let refused = try await status()
        #expect(Self.isRefused(refused, uid, hint), "\(refused.testDescription)")
        let login = try await bob.floydlite("login", "--host", "unix:\(setting.socket)")
        #expect(login.status == 64 && login.errorText.contains("is no account here"), "\(login.testDescription)")
        #expect(login.errorText.contains(hint), "\(login.testDescription)")
        #expect(!FileManager.default.fileExists(atPath: "\(bob.settings)/floydlite"))

        try await setting.restart(#""\#(uid)": bob"#)
        let early = try await status()
        #expect(early.status == 77 && early.errorText.contains("floydlited user add bob"), "\(early.testDescription)")
        let token = try await setting.server.newcomer("bob", as: .stranger).token
        let admitted = try await status()
        #expect(admitted.status == 0, "\(admitted.testDescription)")
        try await bob.succeed("login", "--host", "unix:\(setting.socket)")
        // A token goes before the uid, a worthless one too.
        let worthless = "\(token.dropLast())\(token.hasSuffix("x") ? "y" : "x")"
        for (token, expected) in [(token, Int32(0)), (worthless, 77)] {
            let environment = setting.host.merging(["FLOYDLITE_TOKEN": token]) { $1 }
            let outcome = try await bob.command(["status"], environment: environment).run()
            #expect(outcome.status == expected, "\(outcome.testDescription)")
        }
        try await setting.restart("")
        #expect(Self.isRefused(try await status(), uid, hint))
    }

    @Test("root and jobs' users never are an account, and are told to log in; with a token root is whose it is")
    func never() async throws {
        let setting = try await Self.setting("\(try #require(Actor.ordinary.id)): alice")
        let alice = try await setting.server.newcomer("alice")
        let asked = try await alice.command(["status"], environment: setting.host).run()
        #expect(
            Self.isRefused(asked, 0, "It is root, which never is one. Log in with a token."),
            "\(asked.testDescription)"
        )
        try await alice.succeed("login", "--host", "unix:\(setting.socket)", "--token", alice.token)
        try await alice.succeed("status")

        try await alice.makeProject("p")
        let run = try await alice.floydlite("run", "-f", "id -u", in: "p")
        let uid = try #require(run.texts.lazy.compactMap { uid_t($0) }.first { $0 > 1_700_000_000 })
        let words = Actor.prefix(uid) + [Programs.floydlite, "status"]
        var command = Command(program: words[0], arguments: Array(words.dropFirst()))
        command.environment = Command.basicEnvironment.merging(setting.host.merging(["HOME": "/nowhere"]) { $1 }) { $1 }
        let job = try await command.run()
        let hint = "It is one that jobs run under (job_uids), which never is one. Log in with a token."
        #expect(Self.isRefused(job, uid, hint), "\(job.testDescription)")

        await setting.server.stop()
        for user in ["root", "0", "\(uid)"] {
            let config = "\(setting.server.folder)/other.yml"
            try Data("local_socket: {path: \(setting.socket), users: {\"\(user)\": alice}}\n".utf8)
                .write(to: URL(filePath: config))
            let serve = [
                "serve", "--config", config, "--data-dir", setting.server.dataFolder, "--listen", "127.0.0.1:0",
            ]
            let refused = try await setting.server.daemon(serve).run()
            #expect(
                refused.status == 1 && refused.errorText.contains("local_socket.users.\(user): uid "),
                "\(refused.testDescription)"
            )
        }
    }
}
