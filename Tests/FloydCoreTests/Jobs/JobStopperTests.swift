import FloydModel
import FloydStore
import Foundation
import Testing

@testable import FloydCore

@Suite struct JobStopperTests {
    @Test func aQueuedJobEndsAtOnce() async throws {
        try await World.with { world in
            let stopped = try await world.stopper.stop(world.submit(), by: world.alice)
            #expect(stopped.state == .finished)
            #expect(stopped.outcome == .shutdown)
            #expect(stopped.reason == "stopped by alice")
            #expect(world.executor.seen.stopped.isEmpty)
        }
    }

    @Test func aRunningJobsWorkerIsTold() async throws {
        try await World.with { world in
            let job = try await world.running()
            let stopped = try await world.stopper.stop(job, by: world.admin)
            #expect(stopped.state == .stopping)
            #expect(stopped.reason == "stopped by root")
            #expect(world.executor.seen.stopped == [world.run(of: job)])
            // Once more changes nothing, and no one is told twice.
            #expect(try await world.stopper.stop(stopped, by: world.alice) == stopped)
            #expect(world.executor.seen.stopped.count == 1)
        }
    }

    @Test func theGracePeriodIsStoredAndPassedOnAndOnlyEverShortened() async throws {
        try await World.with { world in
            let running = try await world.running()
            var job = try await world.stopper.stop(running, grace: 60, by: world.alice)
            #expect(job.stopGrace == 60)
            for (wish, graces) in [
                (nil, [60]), (60, [60]), (90, [60]), (5, [60, 5]), (0, [60, 5, 0]), (3, [60, 5, 0]),
            ]
                as [(Int?, [Int?])]
            {
                job = try await world.stopper.stop(job, grace: wish, by: world.alice)
                #expect(world.executor.seen.graces == graces)
                #expect(try await world.job(job.id) == job)
            }
            // What the supervisor says again is what was stored.
            let run = world.run(of: job)
            world.executor.set { $0.evidence[run] = .worker(alive: true, started: true) }
            try await world.supervisor().review(job)
            #expect(world.executor.seen.graces.last == 0)
            #expect(
                try await code { _ = try await world.stopper.stop(job, grace: -1, by: world.alice) } == .invalidRequest
            )
        }
    }

    @Test func withoutAWishTheServersGracePeriodIsWhatCanBeShortened() async throws {
        try await World.with { world in
            let job = try await world.stopper.stop(world.running(), by: world.alice)
            #expect(world.executor.seen.graces == [nil])
            #expect(try await world.stopper.stop(job, grace: 11, by: world.alice).stopGrace == nil)
            #expect(try await world.stopper.stop(job, grace: 9, by: world.alice).stopGrace == 9)
            #expect(world.executor.seen.graces == [nil, 9])
        }
    }

    @Test func aJobThatMovedOnMeanwhileIsStoppedWhereItIs() async throws {
        try await World.with { world in
            let queued = try await world.submit()
            let running = try await world.moved(world.moved(queued, .queued, .claim), .starting, .commandStarted)
            let stopped = try await world.stopper.stop(queued, by: world.alice)
            #expect(stopped.state == .stopping)
            #expect(stopped.attempt == running.attempt)
        }
    }

    @Test func aJobThatEndedIsAConflict() async throws {
        try await World.with { world in
            let job = try await world.stopper.stop(world.submit(), by: world.alice)
            let error = try await failure { _ = try await world.stopper.stop(job, by: world.alice) }
            #expect(error?.code == .conflict)
            #expect(error?.message == "alice/projects/x/1 has ended already (shutdown)")
        }
    }
}

@Suite struct JobMoverTests {
    @Test func tellsFollowersAndTheDispatcher() async throws {
        try await World.with { world in
            let job = try await world.submit()
            let heard = Lock(0)
            let subscription = world.mover.signals.subscribe(job.id) { heard.value += 1 }
            defer { withExtendedLifetime(subscription) {} }
            let claimed = try await world.moved(job, .queued, .claim)
            #expect(claimed.state == .starting)
            #expect(heard.value == 1)
            // Late news of the state before.
            let late = try await world.mover.move(job, from: [.queued], on: .claim, MoveFacts(at: Date()))
            #expect(late == nil)
            #expect(heard.value == 1)
            #expect(world.mover.signals.moveCount == 1)
        }
    }

    @Test func aFailedWriteIsLookedAtAgain() async throws {
        try await World.with { world in
            let job = try await world.submit()
            var wakes = world.mover.wake.wakes.makeAsyncIterator()
            _ = await wakes.next()
            let count = world.mover.signals.moveCount
            try await world.store.close()
            await #expect(throws: (any Error).self) {
                try await world.mover.move(job, from: [.queued], on: .claim, MoveFacts(at: Date()))
            }
            #expect(world.mover.signals.moveCount == count + 1)
            _ = await wakes.next()
        }
    }
}
