import FloydModel
import FoundationEssentials
import Testing

@testable import FloydStore

struct VisibilityTests {
    private let now = StoreFixture.now

    /// What `body` throws, as a person reads it.
    private func refusal(_ body: () async throws -> Void) async throws -> String {
        do {
            try await body()
            return "nothing"
        } catch let error as FloydError {
            return "\(error.code.rawValue): \(error.message) (\(error.hint ?? ""))"
        }
    }

    @Test("a project is found by its name, its id, and its jobs; another's only when it is public")
    func projects() async throws {
        try await StoreFixture.with { fixture in
            let store = fixture.store
            let job = try await fixture.submit(fixture.alice)
            for text in ["alice/x", "alice/projects/x", "alice/x/1", "\(job.project)", "\(job.id)"] {
                let reference = try Reference(parsing: text)
                func project(_ account: Account) async throws {
                    _ = try await store.references.project(reference, asking: account)
                }
                #expect(try await store.references.project(reference, asking: fixture.alice.account).id == job.project)
                #expect(try await code { try await project(fixture.bob.account) } == .notFound)
                try await project(fixture.root.account)
                _ = try await store.resources.setPublic(true, .projects, job.project)
                try await project(fixture.bob.account)
                _ = try await store.resources.setPublic(false, .projects, job.project)
                #expect(try await code { try await project(fixture.bob.account) } == .notFound)
            }
        }
    }

    @Test("another's private things are refused in the words for what there isn't")
    func absent() async throws {
        try await StoreFixture.with { fixture in
            let store = fixture.store
            let job = try await fixture.submit(fixture.alice)
            let version = try await fixture.versions(1, of: "d", fixture.alice)[0]
            let bob = fixture.bob.account
            let pairs = [
                ("alice/x/1", "alice/y/1"), ("alice/x", "alice/y"), ("alice/d/1", "alice/e/1"),
                ("alice/datasets/d", "alice/datasets/e"), (job.id.string, ObjectID().string),
                (version.id.string, ObjectID().string), (version.dataset.string, ObjectID().string),
                (job.project.string, ObjectID().string),
            ]
            for (present, absent) in pairs {
                let (present, absent) = (try Reference(parsing: present), try Reference(parsing: absent))
                let calls: [(Reference) async throws -> Void] = [
                    { _ = try await store.references.job($0, asking: bob) },
                    { _ = try await store.references.version($0, asking: bob) },
                    { _ = try await store.references.dataset($0, asking: bob) },
                    { _ = try await store.references.project($0, asking: bob) },
                    { _ = try await store.references.source($0, asking: bob) },
                ]
                for call in calls {
                    let one = try await refusal { try await call(present) }
                    let other = try await refusal { try await call(absent) }
                    #expect(one.replacing("\(present)", with: "IT") == other.replacing("\(absent)", with: "IT"))
                    #expect(one != "nothing")
                }
            }
        }
    }

    @Test("what was never in a list is no place to go on from, whether it is somewhere else or nowhere")
    func cursors() async throws {
        try await StoreFixture.with { fixture in
            let store = fixture.store
            let job = try await fixture.submit(fixture.alice)
            let version = try await fixture.versions(1, of: "d", fixture.alice)[0]
            let own = JobFilter(owner: fixture.bob.id)
            for id in [job.id, version.id, ObjectID()] {
                #expect(try await code { _ = try await store.jobs.list(own, before: id, limit: 1) } == .invalidRequest)
                #expect(
                    try await code {
                        _ = try await store.versions.list(.owner(fixture.bob.id), before: id, limit: 1)
                    } == .invalidRequest
                )
            }
            #expect(try await store.jobs.list(JobFilter(owner: fixture.alice.id), before: job.id, limit: 1).isEmpty)
        }
    }

    @Test("who can't delete a version for others' jobs learns no name of theirs")
    func deletion() async throws {
        try await StoreFixture.with { fixture in
            let store = fixture.store
            let version = try await fixture.versions(1, of: "d", fixture.alice)[0]
            let input = NewJob.Input(source: .version(version.id), mount: "d", isNamed: false)
            let job = try await fixture.submit(fixture.bob, project: "secret", inputs: [input])
            func refusal(of user: UserRecord) async throws -> String {
                try await self.refusal { try await store.versions.delete(version.id, as: user.account, at: now) }
            }
            #expect(try await refusal(of: fixture.alice).contains("jobs of others use it"))
            #expect(try await !refusal(of: fixture.alice).contains("secret"))
            #expect(try await refusal(of: fixture.root).contains("bob/projects/secret/1 uses it"))
            let own = try await fixture.submit(fixture.alice, inputs: [input])
            #expect(try await refusal(of: fixture.alice).contains("\(own.name) and more use it"))
            _ = try await store.resources.setPublic(true, .projects, job.project)
            #expect(try await refusal(of: fixture.alice).contains("bob/projects/secret/1, \(own.name) use it"))
        }
    }

    @Test("what is made may be public from the start, and what exists becomes what is said")
    func creation() async throws {
        try await StoreFixture.with { fixture in
            let resources = fixture.store.resources
            func make(_ isPublic: Bool?) async throws -> Bool {
                try await resources.createOrGet(
                    .datasets,
                    Name("d"),
                    owner: fixture.alice.id,
                    isPublic: isPublic,
                    at: now
                ).isPublic
            }
            var seen: [Bool] = []
            for wish in [nil, true, nil, false, nil] { seen.append(try await make(wish)) }
            #expect(seen == [false, true, true, false, false])
            #expect(try await resources.list(.datasets, owner: fixture.alice.id).map(\.isPublic) == [false])
        }
    }

    @Test("nothing of a disabled account begins")
    func disabled() async throws {
        try await StoreFixture.with { fixture in
            let store = fixture.store
            let held = try await fixture.submit(fixture.alice)
            let other = try await fixture.submit(fixture.bob)
            #expect(try await store.jobs.outlook { _ in 10 }.waiting.map(\.id) == [held.id, other.id])
            _ = try await store.accounts.setDisabled(now, fixture.alice.id)
            let outlook = try await store.jobs.outlook { _ in 10 }
            #expect(outlook.waiting.map(\.id) == [other.id])
            #expect(outlook.isHolding && outlook.isWhole)
            #expect(try #require(try await store.jobs.get(held.id)).isHeldBack)
            _ = try await store.accounts.setDisabled(nil, fixture.alice.id)
            let enabled = try await store.jobs.outlook { _ in 10 }
            #expect(!enabled.isHolding)
        }
    }
}
