import FloydModel
import FloydStore
import Foundation
import Synchronization
import Testing

@testable import FloydCore

@Suite("What is counted")
struct MetricsServiceTests {
    @Test("A histogram's buckets have their upper bounds")
    func histogram() {
        var histogram = Histogram(bounds: [1, 2])
        for value in [0, 1, 1.5, 2, 2.5, 100] { histogram.record(value) }
        #expect(histogram.counts == [2, 2, 2])
        #expect(histogram.count == 6 && histogram.sum == 107)
    }

    @Test("The store's size is counted anew after some minutes, by one at a time")
    func storeSize() async throws {
        let counts = Mutex(0)
        let clock = TestClock()
        let size = StoreSize(
            count: {
                counts.withLock {
                    $0 += 1
                    return Int64($0)
                }
            },
            now: clock.now
        )
        #expect(try await size.bytes() == 1)
        #expect(try await size.bytes() == 1)
        clock.advance(by: .seconds(301))
        #expect(try await size.bytes() == 2)
    }

    @Test("A count that fails is tried again")
    func failingCount() async throws {
        struct Broken: Error {}
        let isBroken = Mutex(true)
        let size = StoreSize(count: {
            if isBroken.withLock({ $0 }) { throw Broken() }
            return 5
        })
        await #expect(throws: Broken.self) { try await size.bytes() }
        isBroken.withLock { $0 = false }
        #expect(try await size.bytes() == 5)
    }

    @Test("Jobs are counted on their way")
    func jobs() async throws {
        try await World.with { world in
            let service = MetricsService(
                store: world.store,
                pool: world.pool,
                machine: Machine(declared: .init(cpus: 16, memory: 1 << 40, gpus: [0, 1]), found: []),
                jobs: world.mover.metrics,
                freed: world.mover.freed,
                folder: world.folder.path,
                reserve: 77
            )
            _ = try await world.submit("waiting")
            _ = try await world.running()
            let ended = try await world.running()
            let facts = MoveFacts(at: Date(), duration: .milliseconds(4_500))
            _ = try await world.mover.move(ended, from: [.running], on: .exitRecord(.failed), facts)
            let stopped = try await world.submit("stopped")
            _ = try await world.mover.move(stopped, from: [.queued], on: .stop, MoveFacts(at: Date()))
            let sample = try await service.sample()
            #expect(sample.jobs == [.queued: 1, .running: 1, .finished: 2])
            #expect(sample.endedJobs == [.failed: 1, .shutdown: 1])
            // What never ran has no duration.
            #expect(sample.jobDurations.mapValues(\.sum) == [.failed: 4.5])
            #expect(sample.total == Resources(cpus: 16, memory: 1 << 40, gpus: 2))
            #expect(sample.used.cpus > 0 && sample.used.gpus == 0)
            #expect(try #require(sample.storeBytes) > 0)
            #expect(sample.diskReserve == 77 && (sample.diskFree ?? 0) > 0 && sample.process != nil)
        }
    }

    @Test("A claim counts the wait of a first attempt")
    func waits() async throws {
        try await World.with { world in
            let job = try await world.submit()
            let claimed = try await world.mover.claim(
                [JobClaim(job: job.id, attempt: 0, gpus: [])],
                MoveFacts(at: job.created.addingTimeInterval(12))
            )
            #expect(claimed.count == 1)
            #expect(abs(world.mover.metrics.figures.waits.sum - 12) < 0.01)
            let back = try await world.moved(claimed[0], .starting, .neverLaunched)
            _ = try await world.mover.claim(
                [JobClaim(job: back.id, attempt: back.attempt, gpus: [])],
                MoveFacts(at: job.created.addingTimeInterval(20))
            )
            #expect(world.mover.metrics.figures.waits.count == 1)
        }
    }
}
