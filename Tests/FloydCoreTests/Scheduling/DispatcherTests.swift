import Foundation
import FloydAPI
import FloydExecutor
import FloydModel
import FloydRun
import FloydStore
import ServiceLifecycle
import Testing

@testable import FloydCore

@Suite struct DispatcherTests {
    /// Runs the dispatcher until `body` is done.
    private func dispatching(_ world: World, _ body: () async throws -> Void) async throws {
        let watcher = try RunWatcher { _ in }
        let dispatcher = try world.dispatcher(watcher: watcher)
        let task = Task { try await dispatcher.run() }
        try await body()
        task.cancel()
        _ = await task.result
    }

    @Test(.timeLimit(.minutes(1))) func endsWhenTheProcessIsToEnd() async throws {
        try await World.with { world in
            _ = try await world.submit()
            let (launches, launched) = AsyncStream<RunDirectory>.makeStream()
            world.executor.set { $0.onLaunch = { launched.yield($0) } }
            let dispatcher = try world.dispatcher(watcher: RunWatcher { _ in })
            let group = ServiceGroup(services: [dispatcher], logger: world.quiet)
            async let end: Void = group.run()
            for await _ in launches { break }
            await group.triggerGracefulShutdown()
            // The group takes it for a failure if a service ends before it is told to.
            try await end
        }
    }

    @Test func launchesWhatFitsAndSaysWhyTheRestWaits() async throws {
        try await World.with { world in
            let jobs = [
                try await world.submit("a", gpus: 1), try await world.submit("b", gpus: 1),
                try await world.submit("c", gpus: 1),
            ]
            let (launches, launched) = AsyncStream<RunDirectory>.makeStream()
            world.executor.set { $0.onLaunch = { launched.yield($0) } }
            try await dispatching(world) {
                var runs: Set<RunDirectory> = []
                for await run in launches {
                    runs.insert(run)
                    if runs.count == 2 { break }
                }
                let first = try await world.job(jobs[0].id)
                let second = try await world.job(jobs[1].id)
                #expect([first.state, second.state] == [.starting, .starting])
                #expect([first.gpus, second.gpus] == [[0], [1]])
                #expect(runs == [world.run(of: first), world.run(of: second)])
                let third = try await world.job(jobs[2].id)
                #expect(third.state == .queued)
                #expect(world.view.response(third).reason?.hasPrefix("waits for 1 GPU (0 of 2 free)") == true)
            }
        }
    }

    @Test func aMoveThatFreesResourcesStartsTheNext() async throws {
        try await World.with { world in
            let first = try await world.submit("a", gpus: 1)
            let (launches, launched) = AsyncStream<RunDirectory>.makeStream()
            world.executor.set { $0.onLaunch = { launched.yield($0) } }
            var iterator = launches.makeAsyncIterator()
            try await dispatching(world) {
                _ = await iterator.next()
                let second = try await world.submit("b", gpus: 1)
                _ = await iterator.next()
                let third = try await world.submit("c", gpus: 1)
                let job = try await world.job(first.id)
                _ = try await world.mover.move(
                    job,
                    from: [.starting],
                    on: .exitRecord(.success),
                    MoveFacts(at: .now)
                )
                let run = await iterator.next()
                let started = try await world.job(third.id)
                #expect(run == world.run(of: started))
                #expect(started.gpus == [0])
                #expect(try await world.job(second.id).gpus == [1])
            }
        }
    }

    @Test("What an attempt held goes to the next job as soon as nothing of it lives, and only once")
    func aFreedAttemptHoldsNothing() async throws {
        try await World.with { world in
            let first = try await world.submit("a", gpus: 1)
            let (launches, launched) = AsyncStream<RunDirectory>.makeStream()
            world.executor.set { $0.onLaunch = { launched.yield($0) } }
            var iterator = launches.makeAsyncIterator()
            try await dispatching(world) {
                _ = await iterator.next()
                _ = try await world.submit("b", gpus: 1)
                _ = await iterator.next()
                let third = try await world.submit("c", gpus: 1)
                let fourth = try await world.submit("d", gpus: 1)
                world.mover.free(AttemptID(job: first.id, number: 1))
                let run = await iterator.next()
                let started = try await world.job(third.id)
                #expect(run == world.run(of: started) && started.gpus == [0])
                #expect(try await world.job(first.id).state == .starting)
                // Its end frees nothing more.
                let ended = try await world.mover.move(
                    world.job(first.id),
                    from: [.starting],
                    on: .exitRecord(.success),
                    MoveFacts(at: .now)
                )
                #expect(ended?.state == .finished)
                world.mover.free(AttemptID(started))
                let last = await iterator.next()
                let begun = try await world.job(fourth.id)
                #expect(last == world.run(of: begun) && begun.gpus == [0])
                #expect(world.mover.freed.all == [AttemptID(started)])
                #expect(try await world.store.jobs.held().without(world.mover.freed.all).resources.gpus == 2)
            }
        }
    }

    @Test func theAttemptIsKnownToBeLaunchedFromItsClaimOn() async throws {
        try await World.with { world in
            let job = try await world.submit()
            let (claims, claimed) = AsyncStream<Bool>.makeStream()
            // The first who hears of the claim looks at once.
            let subscription = world.mover.signals.subscribe(job.id) { [launches = world.launches] in
                claimed.yield(launches.contains(AttemptID(job: job.id, number: 1)))
            }
            try await dispatching(world) {
                var iterator = claims.makeAsyncIterator()
                #expect(await iterator.next() == true)
            }
            withExtendedLifetime(subscription) {}
        }
    }
}
