import FloydConformance
import FloydOS
import Foundation
import Testing

/// Jobs that are deleted, and jobs that are run again.
@Suite(.scene, .tags(.integration))
struct JobEndTests {
    private static let config = Server.plainConfig + "\nstorage: {grace: 0s}"

    private func names(_ path: String) -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: path))?.sorted() ?? []
    }

    private func finished(_ words: String..., in project: String, _ person: Person) async throws -> String {
        let id = try await person.submit(words.joined(separator: " "), in: project)
        _ = try await person.job(id, is: "finished")
        return id
    }

    private func files(of job: String, _ server: Server) -> Bool {
        FileManager.default.fileExists(atPath: "\(server.dataFolder)/runs/\(job)")
    }

    @Test("A deleted job is gone with its files and its code; what was made of it stays")
    func deleted() async throws {
        let server = try await Server.start(config: Self.config)
        let alice = try await server.person("alice")
        let bob = try await server.person("bob")
        try await alice.makeProject("train", ["main.py": "print('only here')\n"])
        let job = try await finished("echo weights > /output/model", in: "train", alice)
        _ = try await alice.json("data", "add", job, "models")

        let user = try await alice.submit("--data", "\(job)/output:m", "cat /m/model; sleep 100", in: "train")
        _ = try await alice.job(user, is: "running")
        for words in [["delete", "-y", job], ["delete", "-y", "--output", job]] {
            let refused = try await alice.command(words).run()
            #expect(refused.status == 75)
            #expect(refused.errorText.contains("alice/projects/train/2"))
        }
        let live = try await alice.floydlite("delete", "-y", "2", in: "train")
        #expect(live.status == 75 && live.errorText.contains("floydlite stop alice/projects/train/2"))
        try await alice.succeed("stop", user, "--now")
        _ = try await alice.job(user, is: "finished")

        #expect(try await bob.floydlite("delete", "-y", job).status == 68)
        #expect(try await alice.floydlite("delete", job).status == 64)
        #expect(try await alice.succeed("delete", "-y", "1", in: "train").text == "Deleted alice/projects/train/1\n")
        for words in [
            ["info", job], ["logs", job], ["logs", "-t", job], ["output", job], ["clone", job], ["restart", job],
            ["watch", job], ["delete", "-y", job], ["data", "add", job, "models"],
        ] {
            #expect(try await alice.command(words).run().status == 68, "\(words)")
        }
        #expect(try await alice.floydlite("run", "--data", "\(job)/output", "true", in: "train").status == 68)
        #expect(try await alice.json("status", in: "train")["items"]?.items.map { $0["id"]?.string } == [user])
        _ = try await eventually("its files to be removed") { files(of: job, server) ? nil : true }
        #expect(try await alice.succeed("data", "listfiles", "models/1").text.contains("model"))
        #expect(
            try await alice.json("info", user)["data"]?.items.first?["source"]?.string
                == "alice/projects/train/1/output"
        )
        let events = try await server.get("/api/v1/events", token: alice.token).text
        #expect(events.contains("deleted by alice"))

        try await alice.succeed("delete", "-y", user)
        #expect(try await alice.submit("true", in: "train").isEmpty == false)
        #expect(try await alice.json("info", "3", in: "train")["name"]?.string == "alice/projects/train/3")
        // The folder's code is job 3's now; of the others nothing is left but the dataset.
        _ = try await eventually("all that lay aside to be removed") {
            names("\(server.dataFolder)/runs/.removed").isEmpty ? true : nil
        }
    }

    @Test("An output goes alone: record, code and log stay, and everything says what became of it")
    func output() async throws {
        let server = try await Server.start(config: Self.config)
        let alice = try await server.person("alice")
        try await alice.makeProject("train")
        let job = try await finished("echo hello; echo weights > /output/model", in: "train", alice)
        let said = try await alice.succeed("delete", "--output", "-y", job).text
        #expect(said == "Deleted the output of alice/projects/train/1\n")
        for words in [
            ["output", job], ["output", job, "--download", "x"], ["data", "add", job, "models"],
            ["data", "getfile", "\(job)/output", "model"], ["data", "clone", "\(job)/output"],
            ["delete", "--output", "-y", job],
        ] {
            let outcome = try await alice.command(words).run()
            #expect(outcome.status == 68, "\(words)")
            #expect(outcome.errorText.contains("the output of alice/projects/train/1 was deleted"), "\(words)")
        }
        let mounting = try await alice.floydlite("run", "--data", "\(job)/output:m", "true", in: "train")
        #expect(mounting.status == 68 && mounting.errorText.contains("was deleted"))
        #expect(try await server.get("/api/v1/jobs/\(job)/output", token: alice.token).status == 410)
        let run = "\(server.dataFolder)/runs/\(job)/1"
        _ = try await eventually("its files to be removed") {
            names(run).contains("output") || !names("\(server.dataFolder)/runs/.removed").isEmpty ? nil : true
        }
        #expect(try await alice.log(of: job) == "hello\n")
        #expect(try await alice.succeed("info", job).text.contains("deleted 20"))
        try await alice.succeed("clone", job, "--into", "code")
        try await alice.succeed("restart", job, "-f")
        #expect(try await alice.succeed("output", "2", in: "train").text.contains("model"))
    }

    @Test("A job is run again without its folder, with what is given in place of what was")
    func restart() async throws {
        let server = try await Server.start(config: Self.config)
        let alice = try await server.person("alice")
        let bob = try await server.person("bob")
        try await alice.makeProject("train", ["main.py": "import sys; print('hello', *sys.argv[1:])\n"])
        let first = try await alice.submit("-m", "first", "--retries", "1", "python main.py 1", in: "train")
        _ = try await alice.job(first, is: "finished")
        try alice.write("broken(\n", to: "train/main.py")

        let again = try await alice.succeed("restart", first, "-f")
        #expect(again.text.contains("hello 1"))
        let other = try await alice.json("restart", "1", "-m", "second", "python main.py 2", in: "train")
        let id = try #require(other["id"]?.string)
        #expect(other["name"]?.string == "alice/projects/train/3" && other["message"]?.string == "second")
        #expect(other["retries"]?.integer == 1 && other["command"]?.string == "python main.py 2")
        _ = try await alice.job(id, is: "finished")
        #expect(try await alice.log(of: id) == "hello 2\n")

        let waiting = try await alice.submit("sleep 100", in: "train")
        #expect(try await alice.floydlite("restart", waiting).status == 75)
        try await alice.succeed("stop", waiting, "--now")

        #expect(try await bob.floydlite("restart", first).status == 68)
        try await alice.succeed("visibility", "train", "public", in: "train")
        let bobs = try await bob.succeed("restart", "alice/train/1", "-f")
        #expect(bobs.text.contains("bob/projects/train/1") && bobs.text.contains("hello 1"))
        // It is bob's own.
        for job in ["1", "2", "3"] { try await alice.succeed("delete", "-y", job, in: "train") }
        try await bob.succeed("clone", "train/1", "--into", "code")
        #expect(try bob.read("code/main.py").contains("hello"))
    }

    @Test(
        "Killed there, the next server finishes what was begun",
        arguments: [Failpoint.removalRecorded, .removalMoved, .removalDone]
    )
    func dies(at point: Failpoint) async throws {
        let server = try await Server.start(config: Self.config)
        let alice = try await server.person("alice")
        try await alice.makeProject("crash")
        let whole = try await finished("echo x > /output/x", in: "crash", alice)
        let part = try await finished("echo x > /output/x", in: "crash", alice)
        let runs = "\(server.dataFolder)/runs"
        for (job, option) in [(part, ["--output"]), (whole, [])] {
            await server.stop()
            try await server.start(environment: [Failpoint.variable: point.rawValue])
            // The answer may come too late: the server is there no longer.
            _ = try await alice.command(["delete", "-y", job] + option).run()
            #expect(try await server.end() == 128 + SIGKILL, "\(point.rawValue) was not reached")
            try await server.start()
            #expect(try await alice.floydlite("output", job).status == 68)
            let path = option.isEmpty ? "\(runs)/\(job)" : "\(runs)/\(job)/1/output"
            _ = try await eventually("the files to be removed") {
                FileManager.default.fileExists(atPath: path) || !names("\(runs)/.removed").isEmpty ? nil : true
            }
        }
        #expect(try await alice.floydlite("info", whole).status == 68)
        // Nothing is left to do at the next start.
        await server.stop()
        try await server.start()
        #expect(names(runs) == [".removed", part].sorted())
        #expect(try await alice.log(of: part) == "")
        #expect(try await alice.json("status", in: "crash")["items"]?.items.count == 1)
    }
}
