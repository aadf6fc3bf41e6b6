import FloydConformance
import Foundation
import Glibc
import Testing

/// Jobs outlive their server.
@Suite(.scene, .tags(.integration))
struct OutageTests {
    /// Tells each file that appears beside it, from `0` on, and ends with the code that `end` holds.
    private static let script = """
        import os, sys, time
        open("/output/starts", "a").write("start\\n")
        print("up")
        number = 0
        ended = False
        while not ended:
            ended = os.path.exists("/floyd/home/end")
            while os.path.exists("/floyd/home/%d" % number):
                print("line", number)
                number += 1
            time.sleep(0.01)
        print("down")
        sys.exit(5)
        """

    @Test(
        "kill -9 of the server: what runs goes on, what ended meanwhile is settled, what waits runs later",
        arguments: Actor.all
    )
    func killed(actor: Actor) async throws {
        let config = "resources: {cpus: 4, gpus: []}\ninstance_types: {cpu: {cpus: 2}}"
        let server = try await Server.start(as: actor, config: config)
        let alice = try await server.person("alice")
        try await alice.makeProject("outage", ["main.py": Self.script])
        let long = try await alice.submit("python main.py", in: "outage")
        let short = try await alice.submit("python main.py", in: "outage")
        let waiting = try await alice.submit("echo my turn; echo once >> /output/starts", in: "outage")
        let follower = try await alice.command(["logs", "-t", long]).start()
        try await follower.outputLine(with: "up")
        try await alice.command(["logs", "-t", short]).start().outputLine(with: "up")
        try server.signal(long, "0")
        try await follower.outputLine(with: "line 0")
        #expect(try await alice.json("info", waiting)["state"]?.string == "queued")

        await server.kill()
        #expect(server.workers().count == 2)
        for number in 1...20 { try server.signal(long, "\(number)") }
        try server.signal(short, "end")
        let record = "\(server.run(of: short))/exit.json"
        _ = try await eventually("the record of the job that ended in the outage") {
            FileManager.default.fileExists(atPath: record) ? true : nil
        }
        try await server.start()

        let settled = try await alice.job(short, is: "finished")
        #expect(settled["outcome"]?.string == "failed")
        #expect(settled["exit_code"]?.integer == 5)
        #expect(settled["attempt"]?.integer == 1)
        #expect(try await alice.log(of: short) == "up\ndown\n")
        let later = try await alice.job(waiting, is: "finished")
        #expect(later["outcome"]?.string == "success")
        #expect(try await alice.json("info", long)["state"]?.string == "running")

        try server.signal(long, "end")
        // Who followed before the outage missed nothing and saw nothing twice.
        let followed = try await follower.outcome()
        let expected = ["up"] + (0...20).map { "line \($0)" } + ["down"]
        #expect(followed.texts.filter { expected.contains($0) } == expected, "\(followed.testDescription)")
        #expect(followed.status == 5)
        #expect(try await alice.log(of: long) == expected.joined(separator: "\n") + "\n")
        let job = try await alice.job(long, is: "finished")
        #expect(job["exit_code"]?.integer == 5)
        #expect(job["attempt"]?.integer == 1)
        for (id, times) in [(long, "start\n"), (short, "start\n"), (waiting, "once\n")] {
            let starts = try await server.get("/api/v1/jobs/\(id)/output/starts", token: alice.token)
            #expect(starts.text == times)
        }
    }

    @Test("A server that is told to stop leaves its jobs running, ends with 0 and finds them again")
    func stopped() async throws {
        let server = try await Server.start()
        let alice = try await server.person("alice")
        try await alice.makeProject("outage", ["main.py": Self.script])
        let job = try await alice.submit("python main.py", in: "outage")
        let follower = try await alice.command(["logs", "-t", job]).start()
        try await follower.outputLine(with: "up")
        #expect(await server.stop() == 0)
        #expect(server.workers().count == 1)
        try await server.start()
        try server.signal(job, "end")
        let outcome = try await follower.outcome()
        #expect(outcome.status == 5, "\(outcome.testDescription)")
        #expect(outcome.texts.filter { ["up", "down"].contains($0) } == ["up", "down"], "\(outcome.testDescription)")
    }

    @Test("A job that is to stop while the server is down is stopped when it is back; a killed worker is a lost job")
    func lost() async throws {
        let server = try await Server.start()
        let alice = try await server.person("alice")
        try await alice.makeProject("outage", ["main.py": Self.script])
        let job = try await alice.submit("python main.py", in: "outage")
        try await alice.command(["logs", "-t", job]).start().outputLine(with: "up")
        let worker = try #require(server.workers().first)
        await server.kill()
        let away = try await alice.floydlite("stop", job)
        #expect(away.status == 69, "\(away.testDescription)")
        Glibc.kill(worker.pid, SIGKILL)
        _ = try await eventually("the end of the worker") { worker.isAlive ? nil : true }
        try await server.start()
        let ended = try await alice.job(job, is: "finished")
        #expect(ended["outcome"]?.string == "lost")
        #expect(ended["reason"]?.string?.contains("worker vanished") == true, "\(ended)")
    }
}
