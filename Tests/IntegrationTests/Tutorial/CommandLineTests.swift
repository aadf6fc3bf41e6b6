import FloydConformance
import Foundation
import Testing

/// What holds for all commands: forms of output, order of words, where things are printed.
@Suite(.scene, .tags(.integration))
struct CommandLineTests {
    static let jobKeys: Set<String> = [
        "id", "name", "state", "outcome", "exit_code", "created", "started", "finished", "reason",
    ]

    @Test("Every command that shows or makes something prints one document with stable keys")
    func documents() async throws {
        let server = try await Server.start()
        let alice = try await server.person("alice")
        try alice.write("1\n", to: "data/numbers.txt")
        try alice.write("print('x', file=open('/output/x', 'w'))\n", to: "src/main.py")

        let account = try await alice.json("login", "--host", server.address, "--token", alice.token)
        #expect(account.keys.isSuperset(of: ["id", "name", "state"]))
        #expect(account["name"]?.string == "alice")
        let dataset = try await alice.json("data", "init", "numbers", in: "data")
        #expect(dataset.keys.isSuperset(of: ["id", "name", "state"]))
        #expect(dataset["name"]?.string == "alice/datasets/numbers")
        let version = try await alice.json("data", "upload", in: "data")
        #expect(version.keys.isSuperset(of: ["id", "name", "state"]))
        #expect(version["id"]?.string?.utf8.count == 22)
        #expect(try await alice.json("data", "status", in: "data")["items"]?.items == [version])
        let project = try await alice.json("init", "squares", in: "src")
        #expect(project.keys.isSuperset(of: ["id", "name", "state"]))

        let submitted = try await alice.json("run", "--data", "numbers", "python main.py", in: "src")
        #expect(submitted.keys.isSuperset(of: Self.jobKeys))
        let id = try #require(submitted["id"]?.string)
        let finished = try await alice.job(id, is: "finished")
        #expect(try await alice.json("info", id) == finished)
        #expect(finished.keys == submitted.keys)
        #expect(finished["exit_code"]?.integer == 0)
        #expect(try await alice.json("status", in: "src")["items"]?.items == [finished])
        #expect(try await alice.json("status", id) == finished)
        let output = try await alice.json("output", id)
        #expect(output.keys.isSuperset(of: ["id", "name", "state"]))
        #expect(output["files"]?.items.first?["path"]?.string == "x")
        let waiting = try await alice.json("run", "sleep 100", in: "src")
        let stopped = try await alice.json("stop", try #require(waiting["id"]?.string))
        #expect(stopped.keys.isSuperset(of: Self.jobKeys))
        #expect(try await alice.json("version")["version"]?.string != nil)

        // A log is one document a line, the job last.
        let log = try await alice.succeed("logs", id, "--json")
        #expect(try JSON(#require(log.lines.last).utf8) == finished)
    }

    @Test("With --json errors are a document too, on standard error")
    func errorDocuments() async throws {
        let server = try await Server.start()
        let alice = try await server.person("alice")
        let outcome = try await alice.floydlite("info", "alice/projects/nothing/1", "--json")
        #expect(outcome.status == 68)
        #expect(outcome.output.isEmpty)
        let problem = try JSON(outcome.errors)
        #expect(problem["code"]?.string == "job_not_found")
        #expect(problem["detail"]?.string?.isEmpty == false)
    }

    @Test("Options stand before or after the command, and words after -- are joined to the command")
    func order() async throws {
        let server = try await Server.start()
        let alice = try await server.person("alice")
        try await alice.makeProject("order")
        let lines = [
            ["run", "--env", "sklearn", "-f", "echo one two"],
            ["run", "echo one two", "-f", "--env", "sklearn"],
            ["run", "-f", "--env=sklearn", "--", "echo", "one", "two"],
            ["run", "-f", "--env", "sklearn", "echo", "one", "two"],
        ]
        for words in lines {
            let outcome = try await alice.command(words, in: "order").run()
            #expect(outcome.status == 0, "\(outcome.testDescription)")
            #expect(outcome.lines.contains { $0.hasSuffix("INFO - one two") }, "\(outcome.testDescription)")
            let job = try await alice.json("info", in: "order")
            #expect(job["environment"]?.string == "sklearn")
            #expect(job["command"]?.string == "echo one two")
        }
        let own = try await alice.floydlite("run", "-f", "--", "echo", "--env", "x", in: "order")
        #expect(own.lines.contains { $0.hasSuffix("INFO - --env x") }, "\(own.testDescription)")
    }

    @Test("upload NAME in a fresh folder is init and upload in one; without a name it needs a data folder")
    func uploadByName() async throws {
        let server = try await Server.start()
        let alice = try await server.person("alice")
        try alice.write("1\n", to: "fresh/numbers.txt")
        let unnamed = try await alice.floydlite("upload", in: "fresh")
        #expect(unnamed.status == 66, "\(unnamed.testDescription)")
        #expect(unnamed.errorText.contains("floydlite upload NAME"))
        #expect(try await alice.json("upload", "numbers", in: "fresh")["name"]?.string == "alice/datasets/numbers/1")
        try alice.write("2\n", to: "fresh/more.txt")
        #expect(try await alice.json("upload", in: "fresh")["name"]?.string == "alice/datasets/numbers/2")
        let versions = try await alice.json("data", "status", in: "fresh")
        #expect(versions["items"]?.items.map { $0["files"]?.integer } == [2, 1])
        let other = try await alice.floydlite("upload", "letters", in: "fresh")
        #expect(other.status == 75, "\(other.testDescription)")
    }

    @Test("Standard output has data alone, and colours only where somebody sees them")
    func streams() async throws {
        let server = try await Server.start()
        let alice = try await server.person("alice")
        try alice.write("1\n", to: "data/numbers.txt")
        let upload = try await alice.succeed("upload", "numbers", in: "data")
        #expect(upload.lines.count == 3, "\(upload.testDescription)")
        try await alice.makeProject("plain")
        let run = try await alice.succeed("run", "--data", "numbers", "true", in: "plain")
        #expect(run.errorText.contains("floydlite logs -t"))
        #expect(!run.text.contains("floydlite logs"))
        let id = try #require(try await alice.json("info", in: "plain")["id"]?.string)
        _ = try await alice.job(id, is: "finished")
        #expect(try await alice.succeed("output", id).output.isEmpty)
        for outcome in [upload, run] {
            #expect(!outcome.output.contains(0x1b) && !outcome.errors.contains(0x1b))
            // Nor a progress bar, which begins its line anew.
            #expect(!outcome.errors.contains(0x0d))
        }

        // On a terminal there are colours, unless NO_COLOR asks for none.
        for (variable, isColoured) in [(nil, true), ("1", false), ("", true)] {
            var terminal = alice.command([], in: "plain")
            terminal.environment["TERM"] = "xterm"
            terminal.environment["NO_COLOR"] = variable
            terminal.program = "/usr/bin/script"
            terminal.arguments = ["-qec", "\(Programs.floydlite) status", "/dev/null"]
            let shown = try await terminal.run()
            #expect(shown.text.contains("success"), "\(shown.testDescription)")
            #expect(shown.output.contains(0x1b) == isColoured, "\(variable ?? "unset"): \(shown.testDescription)")
        }
    }

    @Test("Help goes to standard output, wrong usage to standard error with code 64")
    func usage() async throws {
        let server = try await Server.start()
        let alice = try await server.person("alice")
        #expect(try await alice.succeed("help").text.contains("run"))
        #expect(try await alice.succeed("help", "run").text.contains("--env"))
        #expect(try await alice.succeed("run", "--help").text.contains("--env"))
        for words in [["runn"], ["run", "--nonsense", "x"], ["stop", "a", "b"]] {
            let outcome = try await alice.command(words).run()
            #expect(outcome.status == 64, "\(outcome.testDescription)")
            #expect(outcome.output.isEmpty)
            #expect(outcome.errorText.contains("help"))
        }
    }
}
