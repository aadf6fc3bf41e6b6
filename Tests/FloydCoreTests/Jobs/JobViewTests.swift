import FloydAPI
import FloydModel
import FloydStore
import Foundation
import Testing

@testable import FloydCore

@Suite struct JobViewTests {
    @Test func aRunningTimeIsTakenFromTheMachinesClock() async throws {
        try await World.with { world in
            var view = world.view
            view.clock = AttemptClock(
                bootID: { "boot" },
                sinceBoot: { 12_500_000_000 },
                now: { Date(timeIntervalSince1970: 0) }
            )
            let claimed = try await world.claimed()
            #expect(try await view.response(claimed, from: world.store).duration == nil)
            var facts = MoveFacts(
                at: Date(),
                startedSinceBoot: BootInstant(bootID: "boot", nanoseconds: 10_000_000_000)
            )
            let job = try #require(
                try await world.mover.move(claimed, from: [.starting], on: .commandStarted, facts)
            )
            #expect(try await view.response(job, from: world.store).duration == 2.5)
            // After a restart of the machine, and of a worker that didn't note it: by the time of day, which may have jumped.
            view.clock.bootID = { "other" }
            #expect(try await view.response(job, from: world.store).duration == 0)
            let started = try #require(job.started)
            view.clock.now = { started.addingTimeInterval(60) }
            #expect(try await view.response(job, from: world.store).duration == 60)
            facts = MoveFacts(at: Date(timeIntervalSince1970: 0), exitCode: 0, duration: .milliseconds(1500))
            let ended = try #require(
                try await world.mover.move(job, from: [.running], on: .exitRecord(.success), facts)
            )
            let response = try await view.response(ended, from: world.store)
            #expect(response.duration == 1.5 && response.attempts.map(\.duration) == [1.5])
        }
    }

    @Test func listsShowAllAttempts() async throws {
        try await World.with { world in
            let job = try await world.moved(world.submit(retries: 3), .queued, .claim)
            let again = try await world.moved(world.moved(job, .starting, .exitRecord(.failed)), .queued, .claim)
            let jobs = try world.jobs()
            let list = try await jobs.jobs(project: nil, page: PageRequest(cursor: nil, limit: 10), as: world.alice)
            #expect(list.items.map { $0.attempts.map(\.number) } == [[1, 2]])
            #expect(list.items.map(\.retries) == [3])
            #expect(try await jobs.queue(as: world.alice).map { $0.job?.attempts.count } == [2])
            #expect(try await jobs.stop(Reference(.id(again.id)), grace: 3, as: world.alice).attempts.count == 2)
        }
    }

    @Test func retriesHaveBounds() async throws {
        try await World.with { world in
            for (retries, isFine) in [(-1, false), (0, true), (100, true), (101, false)] {
                let error = try await failure { _ = try await world.submit(retries: retries) }
                #expect((error == nil) == isFine)
                if let error { #expect(error.code == .invalidRequest && error.fields.map(\.name) == ["retries"]) }
            }
        }
    }

    @Test func allOfAProjectAreStopped() async throws {
        try await World.with { world in
            let jobs = try world.jobs()
            let ids = [try await world.submit("a").id, try await world.claimed("a").id, try await world.submit("b").id]
            let stopped = try await jobs.stopAll(of: Reference(parsing: "a"), grace: 5, as: world.alice)
            #expect(stopped.map(\.id) == Array(ids[0..<2]))
            #expect(stopped.map(\.state) == [.finished, .stopping])
            #expect(try await world.job(ids[1]).stopGrace == 5)
            #expect(try await world.job(ids[2]).state == .queued)
            #expect(
                try await jobs.stopAll(of: Reference(parsing: "a"), grace: nil, as: world.alice).map(\.id) == [ids[1]]
            )
        }
    }
}
