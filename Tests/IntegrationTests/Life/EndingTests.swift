import FloydConformance
import Foundation
import Testing

/// How jobs end that don't do so by themselves.
@Suite(.scene, .tags(.integration))
struct EndingTests {
    /// Whether a process of this machine has `mark` on its command line.
    private static func lives(_ mark: String) -> Bool {
        let pids = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return pids.contains { pid in
            guard Int(pid) != nil, let line = FileManager.default.contents(atPath: "/proc/\(pid)/cmdline") else {
                return false
            }
            return String(decoding: line, as: UTF8.self).contains(mark)
        }
    }

    @Test(
        "Stop ends the whole tree: a child that ignores SIGTERM and a grandchild in a session of its own",
        arguments: Actor.all
    )
    func wholeTree(actor: Actor) async throws {
        let config = "resources: {cpus: 8, gpus: []}\ngrace_period: 1s"
        let server = try await Server.start(as: actor, config: config)
        let alice = try await server.person("alice")
        try await alice.makeProject("tree")
        let marks = (0..<3).map { _ in "5000.\(UInt32.random(in: 100_000_000 ... .max))" }
        let command = """
            trap '' TERM
            setsid bash -c 'trap "" TERM; setsid sleep \(marks[0]) & echo $! > /output/grandchild; sleep \(marks[1])' &
            sleep \(marks[2]) &
            while [ ! -s /output/grandchild ]; do sleep 0.02; done
            echo up
            while :; do wait; sleep 0.1; done
            """
        let job = try await alice.submit(command, in: "tree")
        let follower = try await alice.command(["logs", "-t", job]).start()
        try await follower.outputLine(with: "up")
        for mark in marks {
            _ = try await eventually("sleep \(mark)") { Self.lives("sleep\0\(mark)") ? true : nil }
        }
        try await alice.succeed("stop", job)
        let ended = try await alice.job(job, is: "finished")
        #expect(ended["outcome"]?.string == "shutdown")
        #expect(ended["signal"]?.integer == 9)
        for mark in marks { #expect(!Self.lives(mark), "\(mark)") }
        #expect(try await follower.outcome().status == 137)

        // What a job leaves running when it ends by itself ends with it.
        let left = try await alice.submit("setsid sleep \(marks[0]) & sleep 0.1; echo bye", in: "tree")
        #expect(try await alice.job(left, is: "finished")["outcome"]?.string == "success")
        #expect(!Self.lives(marks[0]))
    }

    @Test("A job that runs too long is ended, and its outcome is timeout")
    func maximumRuntime() async throws {
        let server = try await Server.start()
        let alice = try await server.person("alice")
        try await alice.makeProject("slow")
        let outcome = try await alice.floydlite(
            "run",
            "-f",
            "--max-runtime",
            "1",
            "echo up; exec sleep 1000",
            in: "slow"
        )
        #expect(outcome.status == 124, "\(outcome.testDescription)")
        #expect(outcome.lines.contains { $0.hasSuffix("INFO - up") })
        let job = try await alice.json("info", in: "slow")
        #expect(job["outcome"]?.string == "timeout")
        #expect(job["max_runtime"]?.integer == 1)
        #expect(job["reason"]?.string?.isEmpty == false)
    }

    @Test("An environment that can't be built is a failed job with the installer's output as its log")
    func failedBuild() async throws {
        let environments = """
            python: {python: "3.11", packages: []}
            broken: {python: "3.11", packages: ["floydlite-nothing @ file:///nonexistent/floydlite_nothing-1-py3-none-any.whl"]}
            """
        let server = try await Server.start(environments: environments)
        let alice = try await server.person("alice")
        try await alice.makeProject("broken")
        let outcome = try await alice.floydlite(
            "run",
            "-f",
            "--env",
            "broken",
            "echo never > /output/never",
            in: "broken"
        )
        #expect(outcome.status == 126, "\(outcome.testDescription)")
        #expect(outcome.text.contains("nonexistent"), "\(outcome.testDescription)")
        let job = try await alice.json("info", in: "broken")
        #expect(job["state"]?.string == "finished")
        #expect(job["outcome"]?.string == "failed")
        #expect(job["exit_code"] == .null)
        #expect(job["reason"]?.string?.contains("broken") == true, "\(job)")
        let files = try await alice.json("output", in: "broken")["files"]
        #expect(files?.items == [])
        // Others go on.
        #expect(try await alice.floydlite("run", "-f", "true", in: "broken").status == 0)
    }

    @Test("The first job of an environment builds it, and its log says so; the next finds it built")
    func buildOnce() async throws {
        let server = try await Server.start()
        let alice = try await server.person("alice")
        try await alice.makeProject("built")
        let first = try await alice.floydlite("run", "-f", "python -c 'import sys; print(sys.prefix)'", in: "built")
        #expect(first.status == 0, "\(first.testDescription)")
        #expect(first.lines.count > 1, "\(first.testDescription)")
        let second = try await alice.floydlite("run", "-f", "python -c 'import sys; print(sys.prefix)'", in: "built")
        #expect(second.texts.first == first.texts.dropLast().last, "\(second.testDescription)")
        let listed = try await server.get("/api/v1/environments", token: alice.token).json()
        let states = listed["items"]?.items.reduce(into: [:]) { $0[$1["name"]?.string ?? ""] = $1["state"]?.string }
        #expect(states?["python"] == "ready")
    }
}
