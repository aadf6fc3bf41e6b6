import FloydModel
import FoundationEssentials
import Testing

@testable import FloydStore

/// Deleting jobs, and what they left.
struct JobEndTests {
    private let now = StoreFixture.now

    private func end(_ job: JobRecord, _ fixture: StoreFixture) async throws {
        let jobs = fixture.store.jobs
        _ = try await jobs.move(job.id, attempt: 0, from: .queued, on: .claim, MoveFacts(at: now, gpus: [0]))
        _ = try await jobs.move(job.id, attempt: 1, from: .starting, on: .commandStarted, MoveFacts(at: now))
        let facts = MoveFacts(at: now, exitCode: 3)
        let ended = try await jobs.move(job.id, attempt: 1, from: .running, on: .exitRecord(.failed), facts)
        #expect(ended?.state == .finished)
    }

    /// Jobs that have ended.
    private func ended(_ count: Int, _ fixture: StoreFixture, project: String = "x") async throws -> [JobRecord] {
        var jobs: [JobRecord] = []
        for _ in 0..<count {
            let job = try await fixture.submit(fixture.alice, project: project)
            try await end(job, fixture)
            jobs.append(try #require(try await fixture.store.jobs.get(job.id)))
        }
        return jobs
    }

    private func delete(_ job: JobRecord, _ fixture: StoreFixture) async throws {
        try await fixture.store.jobs.delete(job.id, as: fixture.alice.account, at: now)
    }

    private func deleteOutput(_ job: JobRecord, _ fixture: StoreFixture) async throws {
        try await fixture.store.jobs.deleteOutput(of: job.id, as: fixture.alice.account, at: now)
    }

    @Test(
        "what can be deleted, by its state",
        arguments: [
            (.queued, 0, "waits in the queue", "floydlite stop alice/projects/x/3."),
            (.queued, 1, "waits to be tried again", "floydlite stop alice/projects/x/3."),
            (.starting, 1, "is being started", "floydlite stop alice/projects/x/3."),
            (.running, 2, "runs", "floydlite stop alice/projects/x/3."),
            (.stopping, 1, "is being stopped", "floydlite stop alice/projects/x/3 --now."),
            (.finished, 0, nil, nil), (.finished, 2, nil, nil),
        ] as [(JobState, Int, String?, String?)]
    )
    func decision(state: JobState, attempt: Int, standing: String?, way: String?) throws {
        let project = ResourceName(owner: try Name("alice"), collection: .projects, name: try Name("x"))
        let refusal = JobQueries.refusal(toDelete: NumberedName(project, 3), state, attempt: attempt)
        #expect(refusal?.message == standing.map { "alice/projects/x/3 can't be deleted: it \($0)" })
        #expect(refusal == nil || refusal?.code == .conflict)
        if let way { #expect(refusal?.hint?.hasSuffix(way) == true) }
    }

    @Test("a deleted job shows nowhere, and its number is never given again")
    func deleted() async throws {
        try await StoreFixture.with { fixture in
            let store = fixture.store
            let jobs = try await ended(3, fixture)
            let account = fixture.alice.account
            try await delete(jobs[2], fixture)
            #expect(try await store.jobs.get(jobs[2].id) == nil)
            let project = Reference(.name(owner: nil, name: try Name("x"), number: nil))
            #expect(try await store.references.job(project, asking: account).id == jobs[1].id)
            for text in ["x/3", "x/3/output", jobs[2].id.string] {
                let reference = try Reference(parsing: text)
                #expect(
                    try await code { _ = try await store.references.job(reference, asking: account) } == .jobNotFound
                )
                #expect(
                    try await code { _ = try await store.references.project(reference, asking: account) } != nil
                )
            }
            #expect(try await store.jobs.list(JobFilter(), limit: 10).map(\.id) == [jobs[1].id, jobs[0].id])
            // A page behind it is still one.
            let page = try await store.jobs.list(JobFilter(project: jobs[0].project), before: jobs[2].id, limit: 10)
            #expect(page.map(\.name.number) == [2, 1])
            #expect(try await store.jobs.counts() == [.finished: 2])
            #expect(try await code { try await delete(jobs[2], fixture) } == .jobNotFound)
            #expect(try await code { try await deleteOutput(jobs[2], fixture) } == .jobNotFound)
            #expect(try await fixture.submit(fixture.alice).name.number == 4)
            #expect(try await store.jobs.counts() == [.finished: 2, .queued: 1])
        }
    }

    @Test("nothing of it is kept but its name, its end, and the event that tells of it")
    func kept() async throws {
        try await StoreFixture.with { fixture in
            let version = try await fixture.versions(1, of: "d", fixture.alice)[0]
            let input = NewJob.Input(source: .version(version.id), mount: "d", isNamed: false)
            let job = try await fixture.submit(fixture.alice, inputs: [input])
            try await end(job, fixture)
            let before = try await fixture.store.events.latest()
            try await delete(job, fixture)
            for table in ["job_inputs", "job_gpus", "attempts"] {
                #expect(try await fixture.integer("SELECT count(*) FROM \(table)") == 0, "\(table)")
            }
            #expect(
                try await fixture.integer(
                    "SELECT count(*) FROM jobs WHERE code IS NULL AND command = '' AND message IS NULL AND environment = ''"
                ) == 1
            )
            let events = try await fixture.store.events.after(0, limit: 10)
            #expect(events.map(\.kind) == [.deleted])
            #expect(events.map(\.name) == [job.name] && events.map(\.reason) == ["deleted by alice"])
            #expect(events.map(\.outcome) == [.failed] && events[0].id > before)
            // Who may not see the project isn't told.
            #expect(
                try await fixture.store.events.after(0, of: nil, visibleTo: fixture.bob.account, limit: 10).isEmpty
            )
            let end = try #require(try await fixture.store.jobs.deleted(job.id))
            #expect(end.outcome == .failed && end.exitCode == 3 && end.attempt == 1 && end.deleted == now)
            #expect(try await fixture.store.jobs.leftovers(limit: 9) == [.init(job: job.id, attempts: 1, part: .job)])
            // Its code is nobody's now.
            let tree = try #require(try await fixture.store.trees.get(job.code))
            let later = now.addingTimeInterval(100_000)
            _ = try await fixture.store.collection.deleteSpentUploads(at: later)
            #expect(try await fixture.store.collection.unneededTrees(at: later).map(\.id) == [tree.id])
        }
    }

    @Test("what lives, or is used by what lives, stays")
    func live() async throws {
        try await StoreFixture.with { fixture in
            let store = fixture.store
            let job = try await ended(1, fixture)[0]
            let input = NewJob.Input(source: .output(job.id), mount: "m", isNamed: true)
            let user = try await fixture.submit(fixture.alice, inputs: [input])
            for body in [delete, deleteOutput] {
                do {
                    try await body(job, fixture)
                    Issue.record("it was deleted")
                } catch let error as FloydError {
                    #expect(error.code == .conflict)
                    #expect(error.message == "\(job.name) can't be deleted: \(user.name) uses it")
                }
                #expect(try await code { try await body(user, fixture) } == .conflict)
            }
            try await end(user, fixture)
            try await deleteOutput(job, fixture)
            try await delete(job, fixture)
            // The job still names it, and may be deleted, too.
            let record = try #require(try await store.jobs.get(user.id))
            #expect(record.inputs.map(\.name) == [job.name])
            #expect(try await code { _ = try await fixture.submit(fixture.alice, inputs: [input]) } == .jobNotFound)
            try await delete(record, fixture)
            #expect(try await store.jobs.list(JobFilter(), limit: 10).isEmpty)
        }
    }

    @Test("a job whose output was deleted is there, and can't be mounted")
    func outputDeleted() async throws {
        try await StoreFixture.with { fixture in
            let store = fixture.store
            let job = try await ended(1, fixture)[0]
            try await deleteOutput(job, fixture)
            let record = try #require(try await store.jobs.get(job.id))
            #expect(record.outputDeleted == now && record.command == job.command && record.code == job.code)
            #expect(throws: FloydError.self) { try record.checkOutput() }
            #expect(try await code { try await deleteOutput(job, fixture) } == .gone)
            let input = NewJob.Input(source: .output(job.id), mount: "m", isNamed: true)
            #expect(try await code { _ = try await fixture.submit(fixture.alice, inputs: [input]) } == .gone)
            let events = try await store.events.of(job.id)
            #expect(events.map(\.kind) == [.move, .move, .move, .move, .outputDeleted])
            #expect(events.last?.reason == "output deleted by alice")
            #expect(try await store.jobs.leftovers(limit: 9) == [.init(job: job.id, attempts: 1, part: .output)])
        }
    }

    @Test("what is to be removed is noted until it is gone; all of a job is more than its output")
    func leftovers() async throws {
        try await StoreFixture.with { fixture in
            let store = fixture.store
            let job = try await ended(1, fixture)[0]
            try await deleteOutput(job, fixture)
            let output = try await store.jobs.leftovers(limit: 9)[0]
            try await delete(job, fixture)
            // Late news of the output.
            try await store.jobs.forget(output)
            let rest = try await store.jobs.leftovers(limit: 9)
            #expect(rest.map(\.part) == [.job])
            try await store.jobs.forget(rest[0])
            #expect(try await store.jobs.leftovers(limit: 9).isEmpty)
        }
    }

    @Test("another account's code becomes one's own, with all its contents, once")
    func adopted() async throws {
        try await StoreFixture.with { fixture in
            let store = fixture.store
            let contents = (1...3).map { TreeContent(hash: StoreFixture.digest($0), isExecutable: $0 == 2) }
            let tree = try await fixture.tree(7, of: fixture.alice, contents: contents + [contents[0]])
            #expect(try await store.trees.reachable(contents, by: fixture.bob.id) == [false, false, false])
            _ = try await fixture.tree(8, of: fixture.bob, contents: [contents[2]])
            #expect(try await store.usage.addedBytes(byTree: tree.id, to: fixture.bob.id) == 20)
            #expect(try await store.usage.addedBytes(byTree: tree.id, to: fixture.alice.id) == 0)
            let own = try await store.trees.adopt(tree.id, for: fixture.bob.id, at: now, neededUntil: now)
            #expect(own.owner == fixture.bob.id && own.digest == tree.digest && own.bytes == tree.bytes)
            #expect(try await store.trees.reachable(contents, by: fixture.bob.id) == [true, true, true])
            #expect(try await store.usage.bytes(of: fixture.bob.id) == 30)
            let later = now.addingTimeInterval(60)
            let again = try await store.trees.adopt(tree.id, for: fixture.bob.id, at: later, neededUntil: later)
            #expect(again.id == own.id && again.neededUntil == later)
            let same = try store.trees.inventory().filter { $0.digest == tree.digest }
            #expect(same.map(\.contents) == [3, 3] && same.map(\.listedFiles) == [4, 4])
            #expect(
                try await code {
                    _ = try await store.trees.adopt(ObjectID(), for: fixture.bob.id, at: now, neededUntil: now)
                } == .notFound
            )
        }
    }

    @Test("the schema refuses ends that can't be")
    func schema() async throws {
        try await StoreFixture.with { fixture in
            _ = try await ended(1, fixture)
            _ = try await fixture.submit(fixture.bob)
            for (change, number) in [
                ("deleted = 1", 1), ("code = NULL", 1), ("leftover = 'job'", 1), ("leftover = 'output'", 1),
                ("leftover = 'log', deleted = 1, code = NULL", 1), ("deleted = 1, code = NULL", 2),
                ("output_deleted = 1", 2),
            ] {
                await #expect(throws: (any Error).self, "\(change)") {
                    try await fixture.sql("UPDATE jobs SET \(change) WHERE pk = \(number)")
                }
            }
        }
    }
}
