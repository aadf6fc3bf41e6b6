import FloydModel
import FoundationEssentials
import Testing

@testable import FloydStore

struct JobTests {
    private let now = StoreFixture.now

    @Test("a submitted job is all there: project, number, inputs in order, first event")
    func submit() async throws {
        try await StoreFixture.with { fixture in
            let version = try await fixture.versions(2, of: "modelnet", fixture.alice)[1]
            let first = try await fixture.submit(fixture.alice)
            let job = try await fixture.submit(
                fixture.alice,
                retries: 2,
                inputs: [
                    NewJob.Input(source: .version(version.id), mount: "modelnet", isNamed: false),
                    NewJob.Input(source: .output(first.id), mount: "a", isNamed: true),
                ]
            )
            #expect(job.name.description == "alice/projects/x/2")
            #expect(job.state == .queued && job.outcome == nil && job.attempt == 0 && job.retries == 2)
            #expect(job.command == "python main.py" && job.environment == "keras" && job.instanceType == "gpu")
            #expect(job.resources == Resources(cpus: 2, memory: 1 << 33, gpus: 1))
            #expect(job.message == "first try" && job.maxRuntime == 3600 && job.created == now && job.gpus.isEmpty)
            #expect(job.owner == fixture.alice.id && !job.isPublic)
            #expect(
                job.inputs == [
                    JobInputRecord(
                        mount: "modelnet",
                        isNamed: false,
                        source: .version(version.id),
                        name: version.name,
                        tree: version.tree
                    ),
                    JobInputRecord(mount: "a", isNamed: true, source: .output(first.id), name: first.name, tree: nil),
                ]
            )
            #expect(try await fixture.store.jobs.get(job.id) == job)
            let events = try await fixture.store.events.of(job.id)
            #expect(events.map(\.state) == [.queued])
            #expect(events.map(\.at) == [now])
        }
    }

    @Test("a refused submit leaves no project, number or event")
    func badSubmit() async throws {
        try await StoreFixture.with { fixture in
            let jobs = fixture.store.jobs
            let good = try await fixture.newJob(fixture.alice, project: "fresh")
            func refusal(_ change: (inout NewJob) -> Void) async throws -> FloydError.Code? {
                var job = good
                change(&job)
                return try await code { _ = try await jobs.submit(job) }
            }
            let bobs = try await fixture.tree(0, of: fixture.bob)
            #expect(try await refusal { $0.code = bobs.id } == .notFound)
            #expect(try await refusal { $0.code = ObjectID() } == .notFound)
            let begun = try await fixture.upload(1, of: fixture.alice)
            #expect(try await refusal { $0.code = begun.id } == .conflict)
            #expect(try await refusal { $0.owner = ObjectID() } == .notFound)
            let version = NewJob.Input(source: .version(ObjectID()), mount: "a", isNamed: true)
            let output = NewJob.Input(source: .output(ObjectID()), mount: "a", isNamed: true)
            #expect(try await refusal { $0.inputs = [version] } == .datasetNotFound)
            #expect(try await refusal { $0.inputs = [output] } == .jobNotFound)
            #expect(try await refusal { $0.inputs = [version, output] } == .invalidRequest)
            #expect(try await fixture.integer("SELECT count(*) FROM projects") == 0)
            #expect(try await fixture.store.events.latest() == 0)
            #expect(try await jobs.submit(good).name.number == 1)
            // An upload means the tree that it became.
            let tree = try await fixture.store.uploads.commit(
                begun.id,
                digest: StoreFixture.digest(1),
                at: good.created
            ) {
                _ in
            }
            var second = good
            second.id = ObjectID()
            second.code = begun.id
            #expect(try await jobs.submit(second).code == tree.id)
        }
    }

    @Test("numbers are never reused after a delete")
    func numbers() async throws {
        try await StoreFixture.with { fixture in
            _ = try await fixture.submit(fixture.alice)
            _ = try await fixture.submit(fixture.alice)
            try await fixture.sql("DELETE FROM jobs WHERE number = 2")
            #expect(try await fixture.submit(fixture.alice).name.number == 3)
            #expect(try await fixture.submit(fixture.bob).name.number == 1)
        }
    }

    @Test("lists show the newest first, page by page, of a project, an account, some states, or what one may see")
    func lists() async throws {
        try await StoreFixture.with { fixture in
            let jobs = fixture.store.jobs
            var ids: [ObjectID] = []
            for project in ["x", "y", "x"] { ids.append(try await fixture.submit(fixture.alice, project: project).id) }
            let bobs = try await fixture.submit(fixture.bob)
            let first = try #require(try await jobs.get(ids[0]))
            _ = try await jobs.move(ids[1], attempt: 0, from: .queued, on: .stop, MoveFacts(at: now))

            func list(_ filter: JobFilter, before: ObjectID? = nil, limit: Int = 10) async throws -> [ObjectID] {
                try await jobs.list(filter, before: before, limit: limit).map(\.id)
            }
            #expect(try await list(JobFilter()) == [bobs.id, ids[2], ids[1], ids[0]])
            #expect(try await list(JobFilter(), limit: 2) == [bobs.id, ids[2]])
            #expect(try await list(JobFilter(), before: ids[2], limit: 2) == [ids[1], ids[0]])
            #expect(try await list(JobFilter(), before: ids[0]).isEmpty)
            #expect(try await list(JobFilter(project: first.project)) == [ids[2], ids[0]])
            #expect(try await list(JobFilter(project: first.project), before: ids[2]) == [ids[0]])
            #expect(try await list(JobFilter(owner: fixture.alice.id)) == ids.reversed())
            #expect(try await list(JobFilter(states: [.queued])) == [bobs.id, ids[2], ids[0]])
            #expect(try await list(JobFilter(states: [.queued, .finished])).count == 4)
            #expect(try await list(JobFilter(states: [])).isEmpty)
            #expect(try await list(JobFilter(visibleTo: fixture.bob.account)) == [bobs.id])
            #expect(try await list(JobFilter(visibleTo: fixture.root.account)).count == 4)
            _ = try await fixture.store.resources.setPublic(true, .projects, first.project)
            #expect(try await list(JobFilter(visibleTo: fixture.bob.account)) == [bobs.id, ids[2], ids[0]])
            #expect(try await code { _ = try await list(JobFilter(), before: ObjectID()) } == .invalidRequest)

            #expect(try await jobs.queue().map(\.id) == [ids[0], ids[2], bobs.id])
            #expect(try await jobs.queue(limit: 1).map(\.id) == [ids[0]])
            #expect(try await jobs.countWaiting(before: bobs.id) == 2)
            #expect(try await jobs.countWaiting(before: ids[0]) == 0)
            #expect(try await jobs.active().isEmpty)
            _ = try await jobs.move(ids[0], attempt: 0, from: .queued, on: .claim, MoveFacts(at: now))
            #expect(try await jobs.active().map(\.id) == [ids[0]])
            #expect(try await jobs.countWaiting(before: bobs.id) == 1)
        }
    }
}
