import FloydConformance
import Foundation
import Testing

/// Ending jobs by hand.
@Suite(.scene, .tags(.integration))
struct StopTests {
    private static let deaf = "trap '' TERM; echo up; while :; do sleep 0.1; done"

    private func deafJob(_ alice: Person) async throws -> (id: String, follower: Child) {
        let job = try await alice.submit(Self.deaf, in: "deaf")
        let follower = try await alice.command(["logs", "-t", job]).start()
        try await follower.outputLine(with: "up")
        return (job, follower)
    }

    @Test("stop --now waits for nothing; a stop that is under way can be shortened")
    func now() async throws {
        let config = "resources: {cpus: 8, gpus: []}\ngrace_period: 1h"
        let server = try await Server.start(config: config)
        let alice = try await server.person("alice")
        try await alice.makeProject("deaf")
        let (first, follower) = try await deafJob(alice)
        try await alice.succeed("stop", "--now", first)
        #expect(try await follower.outcome().status == 137)
        #expect(try await alice.job(first, is: "finished")["outcome"]?.string == "shutdown")

        let (second, other) = try await deafJob(alice)
        try await alice.succeed("stop", second)
        try await other.outputLine(with: "SIGTERM")
        #expect(try await alice.json("info", second)["state"]?.string == "stopping")
        try await alice.succeed("stop", "--grace", "1s", second)
        #expect(try await other.outcome().status == 137)
        #expect(try await alice.job(second, is: "finished")["outcome"]?.string == "shutdown")
        #expect(server.workers().isEmpty)
    }

    @Test("A grace outlives the server's death")
    func graceAcrossOutage() async throws {
        let server = try await Server.start(config: "resources: {cpus: 8, gpus: []}\ngrace_period: 1h")
        let alice = try await server.person("alice")
        try await alice.makeProject("deaf")
        let (job, _) = try await deafJob(alice)
        try await alice.succeed("stop", "--grace", "1s", job)
        await server.kill()
        let record = "\(server.run(of: job))/exit.json"
        _ = try await eventually("the job's end without a server") {
            FileManager.default.fileExists(atPath: record) ? true : nil
        }
        try await server.start()
        let ended = try await alice.job(job, is: "finished")
        #expect(ended["outcome"]?.string == "shutdown")
        #expect(ended["reason"]?.string?.contains("stopped by alice") == true, "\(ended)")
    }

    @Test("stop --all ends the project's jobs, queued and running, and no other's")
    func all() async throws {
        let server = try await Server.start(config: "resources: {cpus: 4, gpus: []}\ninstance_types: {cpu: {cpus: 2}}")
        let alice = try await server.person("alice")
        try await alice.makeProject("deaf")
        try await alice.makeProject("other")
        let kept = try await alice.submit("echo up; sleep 1000", in: "other")
        try await alice.command(["logs", "-t", kept]).start().outputLine(with: "up")
        var jobs: [String] = []
        for _ in 0..<3 { jobs.append(try await alice.submit("echo up; sleep 1000", in: "deaf")) }
        try await alice.command(["logs", "-t", jobs[0]]).start().outputLine(with: "up")
        let outcome = try await alice.succeed("stop", "--all", in: "deaf")
        for number in 1...3 { #expect(outcome.text.contains("deaf/\(number)"), "\(outcome.testDescription)") }
        for job in jobs { #expect(try await alice.job(job, is: "finished")["outcome"]?.string == "shutdown") }
        #expect(try await alice.json("info", kept)["state"]?.string == "running")
        let nothing = try await alice.floydlite("stop", "--all", in: "deaf")
        #expect(nothing.status == 0, "\(nothing.testDescription)")
        let ended = try await alice.floydlite("stop", jobs[0])
        #expect(ended.status == 75, "\(ended.testDescription)")
        #expect(ended.errorText.contains("has ended"), "\(ended.testDescription)")
    }
}
