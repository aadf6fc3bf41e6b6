import FloydModel
import FloydStore
import Foundation
import Testing

@testable import FloydCore

@Suite struct FreedAttemptsTests {
    @Test("Who hears that nothing of a job lives need not hear of its end, unless it waits again", arguments: [0, 1])
    func wakesOnce(retries: Int) async throws {
        try await World.with { world in
            let submitted = try await world.submit(retries: retries)
            let job = try await world.moved(submitted, .queued, .claim)
            let mover = world.mover
            _ = mover.wake.takeChange()
            mover.free(AttemptID(job))
            #expect(mover.wake.takeChange())
            let moved = try await mover.move(job, from: [.starting], on: .exitRecord(.failed), MoveFacts(at: Date()))
            #expect(moved?.state == (retries > 0 ? .queued : .finished))
            #expect(mover.wake.takeChange() == (retries > 0))
        }
    }

    @Test("An end that nobody announced frees what was held")
    func endWakes() async throws {
        try await World.with { world in
            let job = try await world.claimed()
            _ = world.mover.wake.takeChange()
            _ = try await world.moved(job, .starting, .exitRecord(.success))
            #expect(world.mover.wake.takeChange())
        }
    }

    @Test("Only attempts that still count are remembered")
    func forgets() throws {
        let freed = FreedAttempts()
        let attempts = try (1...3).map { AttemptID(job: try #require(ObjectID("yxKDAjQfofLtN5Eqgi7heA")), number: $0) }
        for attempt in attempts { freed.add(attempt) }
        freed.forget([attempts[0], attempts[2]])
        #expect(freed.all == [attempts[1]])
        #expect(freed.contains(attempts[1]) && !freed.contains(attempts[0]))
    }
}
