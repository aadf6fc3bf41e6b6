import FloydConformance
import Foundation
import Glibc
import Testing

/// Choosing from a log, and from the moves of jobs.
@Suite(.scene, .tags(.integration))
struct LogOptionTests {
    @Test("The end, a stream, an expression, a time: each alone and together")
    func choices() async throws {
        let server = try await Server.start()
        let alice = try await server.person("alice")
        try await alice.makeProject("choice")
        let command = "for i in $(seq 100); do echo line $i; done; sleep 0.2; echo problem 1 >&2; echo problem 2 >&2"
        let job = try await alice.submit(command, in: "choice")
        try await alice.succeed("logs", "-t", job)
        func raw(_ words: String...) async throws -> [String] {
            let outcome = try await alice.command(["logs", "--raw", job] + words).run()
            #expect(outcome.status == 0, "\(outcome.testDescription)")
            return outcome.text.split(separator: "\n").map(String.init)
        }
        #expect(try await raw("--stream", "stderr") == ["problem 1", "problem 2"])
        #expect(try await raw("--grep", "^line 9[0-9]$") == (90...99).map { "line \($0)" })
        #expect(try await raw("--grep", "problem", "--stream", "stdout") == [])
        #expect(try await raw("--since", "1h", "--stream", "stdout").count == 100)
        #expect(try await raw("--since", "2099-01-01T00:00:00Z") == [])
        let end = try await alice.succeed("logs", "--tail", "4", job)
        #expect(end.lines.count == 4, "\(end.testDescription)")
        #expect(try await alice.succeed("logs", "--tail", "0", job).output.isEmpty)

        // The form of 2017.
        #expect(try await alice.floydlite("logs", "--tail", job).lines.count >= 102)
        for (words, text) in [
            (["--grep", "("], "expression"), (["--stream", "stdin"], "stdout"), (["--since", "soon"], "10m"),
            (["--attempt", "2"], "attempt"), (["--attempt", "0"], "attempt"),
        ] {
            let outcome = try await alice.command(["logs", job] + words).run()
            #expect(outcome.status != 0 && outcome.errorText.contains(text), "\(outcome.testDescription)")
        }
    }

    @Test("A log beyond its limit keeps its beginning and its end, and marks what is missing", arguments: Actor.all)
    func gap(actor: Actor) async throws {
        let config = "resources: {cpus: 8, gpus: []}\nlogs: {maximum_size: 1MiB}"
        let server = try await Server.start(as: actor, config: config)
        let alice = try await server.person("alice")
        try await alice.makeProject("long")
        let count = 200_000
        let job = try await alice.submit("seq \(count); printf 'the end'", in: "long")
        try await alice.succeed("logs", "-t", job)
        let outcome = try await alice.succeed("logs", "--raw", job)
        let lines = outcome.text.split(separator: "\n")
        #expect(lines.first == "1")
        #expect(lines.dropLast().last == "\(count)")
        #expect(lines.last == "the end")
        #expect(lines.count > 5_000 && lines.count < 40_000, "\(lines.count)")
        // Each line is whole, and they grow from one to the next.
        let numbers = lines.dropLast().map { Int($0) ?? -1 }
        #expect(zip(numbers, numbers.dropFirst()).allSatisfy { $0 < $1 })
        #expect(zip(numbers, numbers.dropFirst()).count { $0 + 1 != $1 } == 1)
        #expect(outcome.errorText.contains("not kept"), "\(outcome.testDescription)")
        #expect(try await alice.succeed("logs", job).text.contains("not kept"))
        let used = try FileManager.default.attributesOfItem(atPath: "\(server.run(of: job))/log")
        #expect(used[.size] as? Int ?? 0 > 8 << 20)
        var status = stat()
        #expect(stat("\(server.run(of: job))/log", &status) == 0)
        #expect(status.st_blocks * 512 < 2 << 20)
    }

    @Test("watch tells every move of a job and ends as it does")
    func watch() async throws {
        let server = try await Server.start()
        let alice = try await server.person("alice")
        try await alice.makeProject("moves")
        let job = try await alice.submit("while [ ! -e go ]; do sleep 0.02; done; exit 4", in: "moves")
        let watcher = try await alice.command(["watch", job]).start()
        try await watcher.outputLine(with: "running")
        await server.kill()
        try await server.start()
        try server.signal(job, "go")
        let outcome = try await watcher.outcome()
        #expect(outcome.status == 4, "\(outcome.testDescription)")
        let words = ["queued", "starting", "running", "failed"]
        let found = outcome.lines.compactMap { line in words.first { line.contains($0) } }
        #expect(found == words, "\(outcome.testDescription)")

        // Of a job that has ended, all at once.
        let again = try await alice.floydlite("watch", "--json", job)
        #expect(again.status == 4, "\(again.testDescription)")
        let moves = try again.lines.map { try JSON(Array($0.utf8)) }
        #expect(moves.map { $0["state"]?.string } == ["queued", "starting", "running", "finished"])
    }
}
