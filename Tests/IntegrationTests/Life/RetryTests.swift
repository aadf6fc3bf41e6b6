import FloydConformance
import Foundation
import Glibc
import Testing

/// Jobs that are tried again.
@Suite(.scene, .tags(.integration))
struct RetryTests {
    private static let config = """
        resources: {cpus: 2, gpus: []}
        retries: {backoff: 100ms, maximum_backoff: 200ms}
        """

    /// Counts its attempts in `/output`, and is content with the third.
    private static let command = """
        count=$(($(cat /output/count 2>/dev/null || echo 0) + 1))
        echo $count > /output/count
        echo "attempt $FLOYD_ATTEMPT finds $(ls /output | wc -l) file, counts $count"
        [ $count -ge 3 ] || exit $((10 + count))
        """

    @Test(
        "A job that fails goes on where its last attempt stopped, each attempt has its log, and all are shown",
        arguments: Actor.all
    )
    func resumed(actor: Actor) async throws {
        let server = try await Server.start(as: actor, config: Self.config)
        let alice = try await server.person("alice")
        try await alice.makeProject("again")
        let outcome = try await alice.floydlite("run", "-f", "--retries", "5", Self.command, in: "again")
        #expect(outcome.status == 0, "\(outcome.testDescription)")
        let texts = (1...3).map { "attempt \($0) finds 1 file, counts \($0)" }
        #expect(outcome.texts.filter { texts.contains($0) } == texts, "\(outcome.testDescription)")

        let job = try await alice.json("info", in: "again")
        #expect(job["outcome"]?.string == "success")
        #expect(job["attempt"]?.integer == 3)
        #expect(job["retries"]?.integer == 5)
        let attempts = job["attempts"]?.items ?? []
        #expect(attempts.map { $0["number"]?.integer } == [1, 2, 3])
        #expect(attempts.map { $0["outcome"]?.string } == ["failed", "failed", "success"])
        #expect(attempts.map { $0["exit_code"]?.integer } == [11, 12, 0])
        for number in 1...3 {
            let log = try await alice.succeed("logs", "--raw", "--attempt", "\(number)", in: "again")
            #expect(log.text.hasSuffix(texts[number - 1] + "\n"), "\(log.testDescription)")
            #expect(texts.count { log.text.contains($0) } == 1, "\(log.testDescription)")
        }
        let shown = try await alice.succeed("info", in: "again")
        #expect(shown.text.contains("11") && shown.text.contains("12"), "\(shown.testDescription)")
    }

    @Test("Retries are used up one by one, and the last end stands")
    func usedUp() async throws {
        let server = try await Server.start(config: Self.config)
        let alice = try await server.person("alice")
        try await alice.makeProject("again")
        let outcome = try await alice.floydlite("run", "-f", "--retries", "2", "exit 7", in: "again")
        #expect(outcome.status == 7, "\(outcome.testDescription)")
        let job = try await alice.json("info", in: "again")
        #expect(job["outcome"]?.string == "failed")
        #expect(job["attempts"]?.items.map { $0["exit_code"]?.integer } == [7, 7, 7])
    }

    @Test("A job whose worker is killed is lost, or tried again if it may be")
    func killedWorker() async throws {
        let server = try await Server.start(config: Self.config)
        let alice = try await server.person("alice")
        try await alice.makeProject("again")
        let command = "echo \"up $FLOYD_ATTEMPT\"; [ $FLOYD_ATTEMPT = 2 ] || sleep 1000"
        let job = try await alice.submit("--retries", "1", command, in: "again")
        let follower = try await alice.command(["logs", "-t", job]).start()
        try await follower.outputLine(with: "up 1")
        let worker = try #require(server.workers().first)
        Glibc.kill(worker.pid, SIGKILL)
        try await follower.outputLine(with: "up 2")
        #expect(try await follower.outcome().status == 0)
        let ended = try await alice.job(job, is: "finished")
        #expect(ended["attempts"]?.items.map { $0["outcome"]?.string } == ["lost", "success"])
    }

    @Test("A job that waits for its next attempt says so, and a stop ends it at once")
    func stoppedBetween() async throws {
        let server = try await Server.start(
            config: "resources: {cpus: 2, gpus: []}\nretries: {backoff: 1h, maximum_backoff: 1h}"
        )
        let alice = try await server.person("alice")
        try await alice.makeProject("again")
        let job = try await alice.submit("--retries", "1", "exit 3", in: "again")
        let waiting = try await eventually("the job to wait for its second attempt") {
            let job = try await alice.json("info", job)
            return job["state"]?.string == "queued" && job["attempt"]?.integer == 1 ? job : nil
        }
        #expect(waiting["reason"]?.string?.isEmpty == false, "\(waiting)")
        // Nobody behind it waits for that.
        #expect(try await alice.floydlite("run", "-f", "true", in: "again").status == 0)
        try await alice.succeed("stop", job)
        let ended = try await alice.json("info", job)
        #expect(ended["outcome"]?.string == "shutdown")
        #expect(ended["attempts"]?.items.map { $0["exit_code"]?.integer } == [3])
    }
}
