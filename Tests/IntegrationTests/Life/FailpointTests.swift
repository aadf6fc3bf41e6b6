import FloydConformance
import FloydOS
import Foundation
import Glibc
import Testing

/// A server that dies where it hurts most, and the next one.
@Suite(.scene, .tags(.integration))
struct FailpointTests {
    /// What a job and its server go through until the failpoint is reached.
    private enum Course {
        /// A job is submitted; nobody knows whether that was heard.
        case submit
        /// A job is submitted and starts.
        case launch
        /// A job runs and comes to its end.
        case ending
        /// A job runs and is stopped.
        case stop
        /// The server before died between claim and launch.
        case repair
    }

    private static let courses: [Failpoint: Course] = [
        .storeCommitted: .submit,
        .launchClaimed: .launch, .launchPrepared: .launch, .launchLaunched: .launch,
        .stopStored: .stop,
        .reviewFenced: .repair, .reviewEnded: .ending, .reviewSettled: .ending,
    ]

    /// Leaves a mark for each time that it runs.
    private static let short = "echo run >> /output/runs; echo up; exit 3"
    private static let endless = "echo run >> /output/runs; echo up; while :; do sleep 0.05; done"

    @Test(
        "Killed there, the next server brings the job to its end, and it runs once",
        arguments: courses.keys.sorted { $0.rawValue < $1.rawValue }
    )
    func dies(at point: Failpoint) async throws {
        let course = try #require(Self.courses[point])
        let server = try await Server.start()
        let alice = try await server.person("alice")
        try await alice.makeProject("crash")
        // The environment is built and the code is there: what comes now is the one job.
        try await alice.succeed("run", "-f", "true", in: "crash")
        switch course {
        case .submit:
            try await restart(server, point)
            _ = try await alice.floydlite("run", Self.short, in: "crash")
        case .launch, .ending:
            try await restart(server, point)
            // The answer may come too late: the server is there no longer.
            _ = try await alice.floydlite("run", Self.short, in: "crash")
        case .stop:
            let job = try await alice.submit(Self.endless, in: "crash")
            _ = try await alice.job(job, is: "running")
            try await restart(server, point)
            _ = try await alice.floydlite("stop", job)
        case .repair:
            try await restart(server, .launchPrepared)
            _ = try await alice.floydlite("run", Self.short, in: "crash")
            #expect(try await server.end() == 128 + SIGKILL)
            // It dies before it listens, or soon after.
            try? await server.start(environment: [Failpoint.variable: point.rawValue])
        }
        #expect(try await server.end() == 128 + SIGKILL, "\(point.rawValue) was not reached")
        try await server.start()

        let jobs = try await alice.json("status", in: "crash")["items"]?.items ?? []
        guard let job = jobs.compactMap({ $0["id"]?.string }).first, jobs.count == 2 else {
            // Only a job whose submit was not answered may be absent.
            #expect(course == .submit && jobs.count == 1, "\(jobs)")
            return
        }
        let ended = try await alice.job(job, is: "finished")
        if course == .stop {
            #expect(ended["outcome"]?.string == "shutdown")
        } else {
            #expect(ended["outcome"]?.string == "failed")
            #expect(ended["exit_code"]?.integer == 3)
            #expect(try await alice.log(of: job) == "up\n")
        }
        let runs = try await server.get("/api/v1/jobs/\(job)/output/runs", token: alice.token)
        #expect(runs.text == "run\n")
    }

    private func restart(_ server: Server, _ point: Failpoint) async throws {
        await server.stop()
        try await server.start(environment: [Failpoint.variable: point.rawValue])
    }
}
