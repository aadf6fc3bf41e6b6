import FloydExecutor
import FloydModel
import FloydRun
import FloydStore
import Foundation
import Testing

@testable import FloydCore

@Suite struct RetryWaitsTests {
    private func waiting(_ job: JobRecord, _ world: World) async throws -> WaitingJobRecord {
        try #require(try await world.store.jobs.waiting().first { $0.id == job.id })
    }

    /// A job that may be tried again, and whose attempt just failed.
    private func failed(_ world: World, retries: Int = 2) async throws -> JobRecord {
        let job = try await world.submit(retries: retries)
        let facts = MoveFacts(at: Date(), reason: "the command exited with code 1", exitCode: 1)
        let claimed = try await world.moved(job, .queued, .claim)
        return try #require(try await world.mover.move(claimed, from: [.starting], on: .exitRecord(.failed), facts))
    }

    @Test func waitsLongerEachTimeOnAClockThatDoesNotJump() async throws {
        try await World.with { world in
            var job = try await failed(world)
            let retries = world.mover.retries
            #expect(job.state == .queued && job.retriesUsed == 1)
            #expect(try await retries.remaining(waiting(job, world)) == .seconds(10))
            #expect(
                world.reasons.reason(job) == "the command exited with code 1; tried again in 10 s (retry 1 of 2)"
            )
            world.clock.advance(by: .milliseconds(9_500))
            #expect(world.reasons.reason(job)?.contains("in 1 s") == true)
            world.clock.advance(by: .milliseconds(500))
            #expect(try await retries.remaining(waiting(job, world)) == nil)
            #expect(world.reasons.reason(job) == "the command exited with code 1")
            job = try await world.moved(world.moved(job, .queued, .claim), .starting, .exitRecord(.failed))
            #expect(try await retries.remaining(waiting(job, world)) == .seconds(20))
            // At its end nothing is kept.
            _ = try await world.moved(job, .queued, .stop)
            #expect(retries.count == 0)
        }
    }

    @Test func afterARestartTheWaitBeginsAnew() async throws {
        try await World.with { world in
            let job = try await waiting(failed(world), world)
            let other = RetryWaits(backoff: RetryBackoff(), now: world.clock.now)
            world.clock.advance(by: .seconds(5))
            #expect(other.remaining(job) == .seconds(10))
            world.clock.advance(by: .seconds(10))
            #expect(other.remaining(job) == nil)
        }
    }

    @Test func anAttemptThatWasNeverLaunchedIsRepeatedAtOnceAndThenLater() async throws {
        try await World.with { world in
            let retries = world.mover.retries
            var job = try await world.submit()
            for (count, wait) in [(1, nil), (2, 10), (3, 20)] as [(Int, Int?)] {
                job = try await world.moved(job, .queued, .claim)
                #expect(retries.countUnlaunched(job) == count)
                job = try await world.moved(job, .starting, .neverLaunched)
                #expect(try await retries.remaining(waiting(job, world)) == wait.map { .seconds($0) })
                #expect(job.retriesUsed == 0)
            }
        }
    }

    @Test func aJobThatWaitsForARetryHoldsNobodyUp() async throws {
        try await World.with { world in
            let first = try await failed(world)
            let second = try await world.submit("y")
            let (launches, launched) = AsyncStream<String>.makeStream()
            world.executor.set { $0.onLaunch = { launched.yield($0.path) } }
            let dispatcher = try world.dispatcher(watcher: RunWatcher { _ in })
            let task = Task { try await dispatcher.run() }
            var iterator = launches.makeAsyncIterator()
            #expect(await iterator.next() == world.folder.runs + "/\(second.id)/1")
            #expect(try await world.job(first.id).state == .queued)
            world.clock.advance(by: .seconds(10))
            world.mover.wake()
            #expect(await iterator.next() == world.folder.runs + "/\(first.id)/2")
            task.cancel()
            _ = await task.result
        }
    }
}
