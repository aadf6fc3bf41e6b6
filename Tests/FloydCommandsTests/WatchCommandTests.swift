import FloydAPI
import FloydClient
import FloydModel
import Foundation
import Testing

@testable import FloydCommands

@Suite struct WatchCommandTests {
    private func move(
        _ id: Int64,
        _ state: JobState,
        _ outcome: JobOutcome? = nil,
        attempt: Int = 1,
        reason: String? = nil,
        name: String = "alice/projects/classify/1"
    ) -> EventResponse {
        EventResponse(
            id: id,
            job: Sample.id,
            name: name,
            attempt: attempt,
            state: state,
            outcome: outcome,
            reason: reason,
            at: Date(timeIntervalSince1970: 1_795_325_238.497)
        )
    }

    private func events(_ moves: [EventResponse], end: JobResponse? = nil) -> String {
        moves.map { LogOptionTests.event("move", id: "\($0.id)", $0) }.joined()
            + (end.map { LogOptionTests.event("end", $0) } ?? "")
    }

    /// A server that sends `parts` over one connection each, and then the person gives up.
    private func world(_ path: String, _ parts: [String]) throws -> TestWorld {
        let world = try TestWorld()
        try world.makeProject()
        var rest = parts[...]
        let problem = [UInt8](try MessageCoding.encode(Problem(FloydError(.cancelled, "interrupted"))))
        world.server.on("GET \(path)") { _ in
            rest.popFirst().map { (200, [:], Array($0.utf8)) } ?? (500, [:], problem)
        }
        return world
    }

    private func lines(_ world: TestWorld) -> [String] {
        world.output.text.split(separator: "\n").map { String($0.dropFirst(25)) }
    }

    @Test func aJobsMovesEndAsTheJob() throws {
        let moves = [
            move(3, .queued, reason: "waits for 1 GPU"), move(5, .running),
            move(8, .queued, reason: "tried again\n in 10 s"),
            move(9, .running, attempt: 2), move(12, .finished, .failed, attempt: 2, reason: "exit code 3"),
        ]
        let world = try world(
            "/api/v1/events/stream?after=0&job=classify%2F1",
            [events(moves, end: Sample.job(.failed, exitCode: 3))]
        )
        #expect(world.run("watch", "classify/1") == 3)
        let name = "alice/projects/classify/1"
        #expect(
            lines(world) == [
                "\(name)  queued: waits for 1 GPU", "\(name)  running", "\(name)  queued: tried again  in 10 s",
                "\(name)  running (attempt 2)", "\(name)  failed (attempt 2): exit code 3",
            ]
        )
        var clock = LogClock()
        #expect(world.output.text.hasPrefix(clock.local("2026-11-22T05:27:18.497Z") + "  alice"))
        #expect(world.errors.text.isEmpty)
    }

    @Test func aNumberIsOfThisFoldersProject() throws {
        let world = try world(
            "/api/v1/events/stream?after=0&job=alice%2Fprojects%2Fclassify%2F1",
            [events([], end: Sample.job(.success, exitCode: 0))]
        )
        #expect(world.run("watch", "1") == 0, "\(world.errors.text)")
    }

    @Test func everythingIsWatchedUntilInterrupted() throws {
        let world = try world(
            "/api/v1/events/stream",
            ["id: 3\n\n", events([move(4, .running)]), events([move(7, .stopping)])]
        )
        #expect(world.run("watch") == 130)
        #expect(lines(world) == ["alice/projects/classify/1  running", "alice/projects/classify/1  stopping"])
        #expect(world.server.requests.map { $0.headers["Last-Event-ID"] } == [nil, "3", "4", "7"])
        // Each break is told once, and the interruption is none.
        #expect(world.errors.text.components(separatedBy: "trying again").count == 4)
        #expect(!world.errors.text.contains("error"))
    }

    @Test func theProjectsMovesCanBeHadAlone() throws {
        let moves = [
            move(4, .running), move(5, .running, name: "alice/projects/classify-two/1"),
            move(6, .running, name: "bob/projects/classify/1"),
        ]
        let world = try world("/api/v1/events/stream", [events(moves)])
        #expect(world.run("watch", "--project") == 130)
        #expect(lines(world) == ["alice/projects/classify/1  running"])
    }

    @Test func jsonIsAMoveALine() throws {
        let moves = [move(3, .queued), move(5, .finished, .success)]
        let world = try world(
            "/api/v1/events/stream?after=0&job=classify%2F1",
            [events(moves, end: Sample.job(.success, exitCode: 0))]
        )
        #expect(world.run("watch", "--json", "classify/1") == 0)
        let documents = world.output.text.split(separator: "\n").map { Data($0.utf8) }
        #expect(try documents.map { try MessageCoding.decode(EventResponse.self, from: $0) } == moves)
        let keys = try #require(JSONSerialization.jsonObject(with: documents[0]) as? [String: Any]).keys
        #expect(Set(keys) == ["id", "job", "name", "kind", "attempt", "state", "outcome", "reason", "at"])
    }

    @Test func deletionsAreTold() throws {
        var moves = [move(3, .finished, .success), move(4, .finished, .success)]
        moves[0].kind = .outputDeleted
        moves[0].reason = "output deleted by alice"
        moves[1].kind = .deleted
        moves[1].reason = "deleted by root"
        let world = try world("/api/v1/events/stream", [events(moves)])
        #expect(world.run("watch") == 130)
        #expect(
            lines(world) == [
                "alice/projects/classify/1  output deleted by alice", "alice/projects/classify/1  deleted by root",
            ]
        )
    }

    @Test func mistakesAreRefusedAtOnce() throws {
        let world = try TestWorld()
        #expect(world.run("watch", "classify/1", "--project") == 64)
        #expect(world.run("watch", "--project") == 66)
        #expect(world.run("watch", "3") == 66)
        #expect(world.run("watch", "a/b/c/d") == 64)
        #expect(world.server.lines.isEmpty)
    }

    @Test func anUnknownJobIsNamed() throws {
        let world = try TestWorld()
        world.server.on(
            "GET /api/v1/events/stream?after=0&job=classify%2F9",
            fails: FloydError(.jobNotFound, "there is no job classify/9")
        )
        #expect(world.run("watch", "classify/9") == 68)
    }
}
