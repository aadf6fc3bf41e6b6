import FloydModel
import FoundationEssentials
import Testing

@testable import FloydStore

struct MoveTests {
    private let now = StoreFixture.now

    private func at(_ seconds: TimeInterval) -> Date { now.addingTimeInterval(seconds) }

    @Test("a whole life: claimed with GPUs, started, ended; with an event for each move")
    func life() async throws {
        try await StoreFixture.with { fixture in
            let jobs = fixture.store.jobs
            let id = try await fixture.submit(fixture.alice).id
            let facts = MoveFacts(at: at(1), reason: "gets GPU 3 and 1", gpus: [3, 1])
            let claimed = try #require(try await jobs.move(id, attempt: 0, from: .queued, on: .claim, facts))
            #expect(claimed.state == .starting && claimed.attempt == 1 && claimed.claimed == at(1))
            #expect(claimed.gpus == [1, 3] && claimed.reason == "gets GPU 3 and 1")
            #expect(try await jobs.setReason("builds keras", id, attempt: 1, while: .starting))
            #expect(try await jobs.get(id)?.reason == "builds keras")
            #expect(try await !jobs.setReason("late", id, attempt: 0, while: .starting))

            let started = MoveFacts(at: at(3), started: at(2))
            let running = try #require(
                try await jobs.move(id, attempt: 1, from: .starting, on: .commandStarted, started)
            )
            #expect(running.state == .running && running.started == at(2) && running.reason == nil)

            let end = MoveFacts(at: at(6), reason: "exit code 0", exitCode: 0, finished: at(5))
            let done = try #require(
                try await jobs.move(id, attempt: 1, from: .running, on: .exitRecord(.success), end)
            )
            #expect(done.state == .finished && done.outcome == .success && done.exitCode == 0 && done.signal == nil)
            #expect(done.claimed == at(1) && done.started == at(2) && done.finished == at(5) && done.gpus == [1, 3])

            let events = try await fixture.store.events.of(id)
            #expect(events.map(\.state) == [.queued, .starting, .running, .finished])
            #expect(events.map(\.attempt) == [0, 1, 1, 1])
            #expect(events.map(\.outcome) == [nil, nil, nil, .success])
            #expect(events.map(\.reason) == [nil, "gets GPU 3 and 1", nil, "exit code 0"])
            #expect(events.map(\.at) == [at(0), at(1), at(3), at(6)])
            #expect(try await fixture.store.events.after(events[1].id, limit: 1) == [events[2]])
            #expect(try await fixture.store.events.of(id, after: events[2].id) == [events[3]])
            #expect(try await fixture.store.events.latest() == events[3].id)
        }
    }

    @Test("news of another attempt or state, or of a move that isn't legal, changes nothing")
    func stale() async throws {
        try await StoreFixture.with { fixture in
            let jobs = fixture.store.jobs
            let id = try await fixture.submit(fixture.alice, retries: 1).id
            _ = try await jobs.move(id, attempt: 0, from: .queued, on: .claim, MoveFacts(at: now, gpus: [0]))
            _ = try await jobs.move(id, attempt: 1, from: .starting, on: .vanished, MoveFacts(at: now))
            _ = try await jobs.move(id, attempt: 1, from: .queued, on: .claim, MoveFacts(at: now, gpus: [1]))
            let before = try #require(try await jobs.get(id))
            #expect(before.attempt == 2 && before.state == .starting)
            let last = try await fixture.store.events.latest()

            let any = Set(JobState.allCases)
            let late = MoveFacts(at: now, exitCode: 0)
            #expect(try await jobs.move(id, attempt: 1, from: any, on: .exitRecord(.success), late) == nil)
            #expect(try await jobs.move(id, attempt: 3, from: any, on: .commandStarted, late) == nil)
            #expect(try await jobs.move(id, attempt: 2, from: .running, on: .exitRecord(.success), late) == nil)
            #expect(try await jobs.move(id, attempt: 2, from: [], on: .stop, late) == nil)
            #expect(try await jobs.move(id, attempt: 2, from: any, on: .claim, late) == nil)
            #expect(try await jobs.move(ObjectID(), attempt: 2, from: any, on: .stop, late) == nil)
            #expect(try await jobs.get(id) == before)
            #expect(try await fixture.store.events.latest() == last)
        }
    }

    @Test("of two that claim at once, one gets the job")
    func claimOnce() async throws {
        try await StoreFixture.with { fixture in
            let id = try await fixture.submit(fixture.alice).id
            let other = try await Store.open(path: fixture.path, migrating: false)
            let winners = try await withThrowingTaskGroup(of: JobRecord?.self) { group in
                for store in [fixture.store, other, fixture.store, other] {
                    group.addTask {
                        try await store.jobs.move(
                            id,
                            attempt: 0,
                            from: .queued,
                            on: .claim,
                            MoveFacts(at: StoreFixture.now)
                        )
                    }
                }
                return try await group.reduce(into: 0) { $0 += $1 == nil ? 0 : 1 }
            }
            #expect(winners == 1)
            try await other.close()
        }
    }

    @Test("a move and its event are written together or not at all")
    func atomic() async throws {
        try await StoreFixture.with { fixture in
            let job = try await fixture.submit(fixture.alice)
            try await fixture.sql(
                "CREATE TRIGGER refuse BEFORE INSERT ON events BEGIN SELECT RAISE(ABORT, 'no events today'); END"
            )
            let refused = try await code {
                let facts = MoveFacts(at: now, gpus: [0])
                _ = try await fixture.store.jobs.move(job.id, attempt: 0, from: .queued, on: .claim, facts)
            }
            #expect(refused == .internalError)
            #expect(try await fixture.store.jobs.get(job.id) == job)
            #expect(try await fixture.integer("SELECT count(*) FROM job_gpus") == 0)
            let next = try await fixture.newJob(fixture.alice)
            #expect(try await code { _ = try await fixture.store.jobs.submit(next) } == .internalError)
            #expect(try await fixture.store.jobs.get(next.id) == nil)
        }
    }

    @Test("a failed attempt goes back into the queue while retries are left, without what the attempt knew")
    func retries() async throws {
        try await StoreFixture.with { fixture in
            let jobs = fixture.store.jobs
            let id = try await fixture.submit(fixture.alice, retries: 1).id
            var job: JobRecord?
            for attempt in 1...2 {
                _ = try await jobs.move(
                    id,
                    attempt: attempt - 1,
                    from: .queued,
                    on: .claim,
                    MoveFacts(at: now, gpus: [4])
                )
                _ = try await jobs.move(id, attempt: attempt, from: .starting, on: .commandStarted, MoveFacts(at: now))
                let facts = MoveFacts(at: now, reason: "exit code 1", exitCode: 1)
                job = try await jobs.move(id, attempt: attempt, from: .running, on: .exitRecord(.failed), facts)
                if attempt == 1 {
                    #expect(job?.state == .queued && job?.attempt == 1 && job?.reason == "exit code 1")
                    #expect(job?.claimed == nil && job?.started == nil && job?.exitCode == nil)
                }
            }
            #expect(job?.state == .finished && job?.outcome == .failed && job?.exitCode == 1 && job?.attempt == 2)
        }
    }

    @Test("an attempt that was never launched costs no retry; each has a row with its own end")
    func attempts() async throws {
        try await StoreFixture.with { fixture in
            let jobs = fixture.store.jobs
            var job = try await fixture.submit(fixture.alice, retries: 1)
            func next(_ states: Set<JobState>, _ event: JobEvent, _ facts: MoveFacts) async throws {
                let moved = try #require(try await jobs.move(job, from: states, on: event, facts))
                // What a move changes is told without reading it again.
                #expect(try await jobs.get(job.id) == moved)
                job = moved
            }
            try await next([.queued], .claim, MoveFacts(at: at(0), gpus: [7, 2]))
            try await next([.starting], .neverLaunched, MoveFacts(at: at(1), reason: "its worker never started"))
            #expect(job.retriesUsed == 0 && job.retriesLeft && job.attempt == 1)
            try await next([.queued], .claim, MoveFacts(at: at(2)))
            let start = BootInstant(bootID: "boot", nanoseconds: 5)
            try await next([.starting], .commandStarted, MoveFacts(at: at(3), startedSinceBoot: start))
            #expect(try await jobs.attempts(of: [job])[job.id]?.last?.startedSinceBoot == start)
            let end = MoveFacts(
                at: at(9),
                reason: "code 3",
                exitCode: 3,
                finished: at(8),
                duration: .milliseconds(4500)
            )
            try await next([.running], .exitRecord(.failed), end)
            #expect(job.state == .queued && job.retriesUsed == 1 && !job.retriesLeft)
            try await next([.queued], .claim, MoveFacts(at: at(20), gpus: [1]))
            try await next([.starting], .stop, MoveFacts(at: at(21), reason: "stopped by bob", stopGrace: 30))
            #expect(job.stopGrace == 30)
            for (wish, kept) in [(60, 30), (2, 2)] {
                #expect(try await jobs.setStopGrace(wish, job.id, attempt: 3))
                #expect(try await jobs.get(job.id)?.stopGrace == kept)
            }
            #expect(try await !jobs.setStopGrace(1, job.id, attempt: 2))
            job.stopGrace = 2
            try await next([.stopping], .vanished, MoveFacts(at: at(22)))
            #expect(try await !jobs.setStopGrace(1, job.id, attempt: 3))

            let attempts = try #require(try await jobs.attempts(of: [job])[job.id])
            #expect(attempts.map(\.number) == [1, 2, 3])
            #expect(attempts.map(\.outcome) == [nil, .failed, .shutdown])
            #expect(attempts.map(\.reason) == ["its worker never started", "code 3", "stopped by bob"])
            #expect(attempts.map(\.exitCode) == [nil, 3, nil])
            #expect(attempts.map(\.claimed) == [at(0), at(2), at(20)])
            #expect(attempts.map(\.started) == [nil, at(3), nil])
            #expect(attempts.map(\.finished) == [at(1), at(8), at(22)])
            #expect(attempts.map(\.duration) == [nil, .milliseconds(4500), nil])
            #expect(attempts.map(\.gpus) == [[2, 7], [], [1]])
        }
    }

    @Test("several are claimed in one transaction, without those that are no longer as they were read")
    func claims() async throws {
        try await StoreFixture.with { fixture in
            let jobs = fixture.store.jobs
            var made: [JobRecord] = []
            for _ in 0..<4 { made.append(try await fixture.submit(fixture.alice)) }
            _ = try await jobs.move(made[1], from: [.queued], on: .stop, MoveFacts(at: now))
            let claims = [3, 1, 0].map { JobClaim(job: made[$0].id, attempt: 0, gpus: [$0]) }
            let late = JobClaim(job: made[2].id, attempt: 1, gpus: [])
            let claimed = try await jobs.claim(claims + [late], MoveFacts(at: at(1)))
            #expect(claimed.map(\.id) == [made[3].id, made[0].id])
            #expect(
                claimed.map(\.gpus) == [[3], [0]] && claimed.allSatisfy { $0.state == .starting && $0.attempt == 1 }
            )
            #expect(try await jobs.waiting().map(\.id) == [made[2].id])
            let outlook = try await jobs.outlook { _ in 1 }
            #expect(outlook.held.flatMap(\.gpus).sorted() == [0, 3])
            #expect(outlook.held.map(\.resources).reduce(.none, +) == claimed.map(\.resources).reduce(.none, +))
            #expect(outlook.waiting.map(\.id) == [made[2].id] && !outlook.isWhole)
            #expect(try await jobs.outlook { _ in 2 }.isWhole)
            let standing = try #require(try await jobs.standing(of: made[3].id))
            #expect(standing.state == .starting && standing.attempt == 1)
        }
    }

    @Test("a long queue is read in parts")
    func parts() async throws {
        try await StoreFixture.with { fixture in
            let jobs = fixture.store.jobs
            var ids: [ObjectID] = []
            for _ in 0..<5 { ids.append(try await fixture.submit(fixture.alice).id) }
            let first = try await jobs.waiting(limit: 2)
            #expect(first.map(\.id) == Array(ids[0..<2]))
            #expect(try await jobs.waiting(behind: first.last).map(\.id) == Array(ids[2...]))
        }
    }

    @Test("a stopped job tells who stopped it; a record that came first keeps its own outcome")
    func stop() async throws {
        try await StoreFixture.with { fixture in
            let jobs = fixture.store.jobs
            let stop = MoveFacts(at: at(9), reason: "stopped by alice")

            let waiting = try await fixture.submit(fixture.alice)
            let never = try await jobs.move(waiting.id, attempt: 0, from: .queued, on: .stop, stop)
            #expect(never?.outcome == .shutdown && never?.finished == at(9) && never?.attempt == 0)
            #expect(never?.reason == "stopped by alice")

            for outcome in [JobOutcome.shutdown, .success] {
                let id = try await fixture.submit(fixture.alice, retries: 5).id
                _ = try await jobs.move(id, attempt: 0, from: .queued, on: .claim, MoveFacts(at: now))
                let stopping = try await jobs.move(id, attempt: 1, from: [.starting, .running], on: .stop, stop)
                #expect(stopping?.state == .stopping && stopping?.started == nil)
                let record = MoveFacts(at: at(12), exitCode: 0, started: at(1), finished: at(10))
                let ended = try await jobs.move(id, attempt: 1, from: .stopping, on: .exitRecord(outcome), record)
                #expect(ended?.outcome == outcome && ended?.started == at(1) && ended?.finished == at(10))
                #expect(ended?.reason == (outcome == .shutdown ? "stopped by alice" : nil))
            }
        }
    }
}
