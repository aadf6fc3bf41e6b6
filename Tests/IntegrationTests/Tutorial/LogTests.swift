import FloydConformance
import Foundation
import Testing

/// Following, reading and ending jobs.
@Suite(.scene, .tags(.integration))
struct LogTests {
    @Test("A followed log shows a line while the job runs, each once, and ends as the job does")
    func liveLog() async throws {
        let server = try await Server.start()
        let alice = try await server.person("alice")
        let script = """
            import os, sys, time
            print("first")
            while not os.path.exists("/floyd/home/go"):
                time.sleep(0.02)
            for number in range(200):
                print("line", number)
            sys.stdout.write("no newline")
            sys.exit(7)
            """
        try await alice.makeProject("live", ["main.py": script])
        let job = try await alice.submit("python main.py", in: "live")
        var followers: [Child] = []
        for words in [["logs", "-t", job], ["logs", "-f", job, "--raw"], ["logs", job, "--follow"]] {
            let follower = try await alice.command(words).start()
            followers.append(follower)
            try await follower.outputLine(with: "first")
            #expect(!follower.hasEnded)
        }
        #expect(try await alice.json("info", job)["state"]?.string == "running")
        try server.signal(job, "go")

        let text = try await followers[0].outcome()
        let raw = try await followers[1].outcome()
        let again = try await followers[2].outcome()
        for outcome in [text, raw, again] { #expect(outcome.status == 7, "\(outcome.testDescription)") }
        let numbers = (0..<200).map { "line \($0)" }
        #expect(raw.text == (["first"] + numbers).joined(separator: "\n") + "\nno newline")
        let shown = text.lines.filter { $0.contains("INFO - line ") }
        #expect(shown.map { $0.components(separatedBy: " INFO - ").last } == numbers)
        let form = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} INFO - .*$/
        #expect(text.lines.allSatisfy { $0.wholeMatch(of: form) != nil }, "\(text.testDescription)")
        #expect(again.output == text.output)

        // The whole again, without following: the job's code is not this command's.
        #expect(try await alice.succeed("logs", "--raw", job).output == raw.output)
    }

    @Test("Raw logs are the job's bytes exactly")
    func rawLog() async throws {
        let server = try await Server.start()
        let alice = try await server.person("alice")
        try await alice.makeProject("raw")
        let command = #"printf 'a\r50%%\r100%%\n\xff\xfe\x00z\n\n\033[31mred\033[0m\033[2J\nend'"#
        let job = try await alice.submit(command, in: "raw")
        try await alice.succeed("logs", "-t", job)
        let expected =
            Array("a\r50%\r100%\n".utf8) + [0xff, 0xfe, 0, 0x7a, 0x0a, 0x0a]
            + Array("\u{1b}[31mred\u{1b}[0m\u{1b}[2J\nend".utf8)
        #expect(try await alice.succeed("logs", "--raw", job).output == expected)
        // For people, what could move the cursor is gone.
        #expect(try await !alice.succeed("logs", job).output.contains(0x1b))
    }

    @Test("run -f submits, follows and exits as the job does")
    func runFollow() async throws {
        let server = try await Server.start()
        let alice = try await server.person("alice")
        try await alice.makeProject("follow")
        let failed = try await alice.floydlite("run", "-f", "echo before; exit 42", in: "follow")
        #expect(failed.status == 42, "\(failed.testDescription)")
        #expect(failed.lines.contains { $0.hasSuffix("INFO - before") })
        let killed = try await alice.floydlite("run", "-f", "kill -SEGV $$", in: "follow")
        #expect(killed.status == 139, "\(killed.testDescription)")
        let details = try await alice.json("info", in: "follow")
        #expect(details["exit_code"]?.integer == 139)
        #expect(details["signal"]?.integer == 11)
        #expect(details["outcome"]?.string == "failed")
    }

    @Test("Stop ends a queued job at once, and a running one with time to say its last words")
    func stop() async throws {
        let server = try await Server.start(config: "resources: {cpus: 2, gpus: []}\ngrace_period: 5s")
        let alice = try await server.person("alice")
        try await alice.makeProject("stopped")
        let first = try await alice.submit("trap 'echo asked; exit 3' TERM; echo up; sleep 100 & wait", in: "stopped")
        let second = try await alice.submit("echo never", in: "stopped")
        let follower = try await alice.command(["logs", "-t", first]).start()
        try await follower.outputLine(with: "up")

        let waiting = try await alice.json("info", second)
        #expect(waiting["state"]?.string == "queued")
        #expect(waiting["reason"]?.string?.contains("2 CPUs") == true, "\(waiting)")
        try await alice.succeed("stop", second)
        let gone = try await alice.json("info", second)
        #expect(gone["outcome"]?.string == "shutdown")
        #expect(gone["attempt"]?.integer == 0)

        try await alice.succeed("stop", first)
        let outcome = try await follower.outcome()
        #expect(outcome.lines.contains { $0.hasSuffix("INFO - asked") }, "\(outcome.testDescription)")
        #expect(outcome.status == 3)
        let ended = try await alice.json("info", first)
        #expect(ended["outcome"]?.string == "shutdown")
        #expect(ended["reason"]?.string?.contains("stopped by alice") == true, "\(ended)")
        // Too late.
        let again = try await alice.floydlite("stop", first)
        #expect(again.status == 75, "\(again.testDescription)")
    }
}
