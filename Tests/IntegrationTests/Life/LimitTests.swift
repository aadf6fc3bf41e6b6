import FloydConformance
import Foundation
import Testing

/// What jobs may use, and what becomes of those that want more.
@Suite(.scene, .tags(.integration))
struct LimitTests {
    private static let config = """
        resources: {cpus: 8, gpus: []}
        instance_types: {cpu: {cpus: 2, memory: 96MiB, processes: 64, open_files: 100, disk: 32MiB, max_runtime: 1h}}
        grace_period: 1s
        """

    @Test("A job that takes too much memory ends, and says who took it", arguments: Actor.all)
    func memory(actor: Actor) async throws {
        let server = try await Server.start(as: actor, config: Self.config)
        let alice = try await server.person("alice")
        let script = """
            import time
            print("up", flush=True)
            hoard = []
            while True:
                hoard.append(bytearray(b"x" * (4 << 20)))
                time.sleep(0.02)
            """
        try await alice.makeProject("hog", ["main.py": script])
        let outcome = try await alice.floydlite("run", "-f", "python main.py", in: "hog")
        #expect(outcome.status != 0)
        let job = try await alice.json("info", in: "hog")
        #expect(job["outcome"]?.string == "failed")
        let reason = job["reason"]?.string ?? ""
        #expect(reason.hasPrefix("out of memory: "), "\(reason)")
        #expect(reason.contains("python"), "\(reason)")
        #expect(job["limits"]?["memory"]?.integer == 96 << 20)
        let enforcement = job["limits"]?["enforcement"]?.string ?? ""
        #expect(["cgroup2", "cgroup1", "watch"].contains(enforcement))
        #expect(try await alice.succeed("info", in: "hog").text.contains(enforcement))
    }

    @Test("A job that fills the disk ends, and says so", arguments: Actor.all)
    func disk(actor: Actor) async throws {
        let server = try await Server.start(as: actor, config: Self.config)
        let alice = try await server.person("alice")
        try await alice.makeProject("filler")
        let command = "for i in $(seq 100000); do head -c 1M /dev/zero > /output/$i || exit 9; sleep 0.01; done"
        let outcome = try await alice.floydlite("run", "-f", command, in: "filler")
        #expect(outcome.status != 0)
        let job = try await alice.json("info", in: "filler")
        #expect(job["outcome"]?.string == "failed")
        #expect(job["reason"]?.string?.contains("disk") == true, "\(job)")
        #expect(job["limits"]?["disk"]?.integer == 32 << 20)
    }

    @Test("A fork bomb stays within its limit, and stop leaves nothing of it", arguments: Actor.all)
    func processes(actor: Actor) async throws {
        let server = try await Server.start(as: actor, config: Self.config)
        let alice = try await server.person("alice")
        try await alice.makeProject("bomb")
        let mark = "6000.\(UInt32.random(in: 100_000_000 ... .max))"
        let command = "echo up; for i in $(seq 200); do (trap '' TERM; sleep \(mark)) & done; wait; sleep \(mark)"
        let job = try await alice.submit(command, in: "bomb")
        let follower = try await alice.command(["logs", "-t", job]).start()
        try await follower.outputLine(with: "up")
        #expect(try await alice.json("status")["items"] != nil)
        try await alice.succeed("stop", "--now", job)
        _ = try await alice.job(job, is: "finished")
        let pids = try FileManager.default.contentsOfDirectory(atPath: "/proc").filter { Int($0) != nil }
        let left = pids.filter { pid in
            FileManager.default.contents(atPath: "/proc/\(pid)/cmdline").map {
                String(decoding: $0, as: UTF8.self).contains(mark)
            } ?? false
        }
        // This test's own `floydlite` has the mark in its arguments, too, but has ended.
        #expect(left == [])
    }

    @Test("Open files are limited, and a job may not ask for more time than its type has")
    func filesAndTime() async throws {
        let server = try await Server.start(config: Self.config)
        let alice = try await server.person("alice")
        try await alice.makeProject("files")
        let outcome = try await alice.floydlite("run", "-f", "ulimit -n; ulimit -c", in: "files")
        #expect(outcome.texts.contains("100"), "\(outcome.testDescription)")
        #expect(outcome.texts.contains("0"), "\(outcome.testDescription)")
        #expect(try await alice.json("info", in: "files")["max_runtime"]?.integer == 3600)
        let refused = try await alice.floydlite("run", "--max-runtime", "2h", "true", in: "files")
        #expect(refused.status != 0 && refused.errorText.contains("3600"), "\(refused.testDescription)")
    }
}
