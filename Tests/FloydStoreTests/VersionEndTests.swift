import FloydModel
import FoundationEssentials
import Testing

@testable import FloydStore

struct VersionEndTests {
    private let now = StoreFixture.now

    private func content(_ seed: Int, executable: Bool = false) -> TreeContent {
        TreeContent(hash: StoreFixture.digest(seed), isExecutable: executable)
    }

    private func end(_ job: JobRecord, _ fixture: StoreFixture) async throws {
        let stopped = try await fixture.store.jobs.move(job, from: [.queued], on: .stop, MoveFacts(at: now))
        #expect(stopped?.state == .finished)
    }

    @Test("a deleted version shows nowhere, and its number is never given again")
    func deleted() async throws {
        try await StoreFixture.with { fixture in
            let store = fixture.store
            let versions = try await fixture.versions(3, of: "x", fixture.alice)
            try await store.versions.delete(versions[2].id, as: fixture.alice.account, at: now)
            #expect(try await store.versions.get(versions[2].id) == nil)
            let dataset = Reference(.name(owner: nil, name: try Name("x"), number: nil))
            let account = fixture.alice.account
            #expect(try await store.references.version(dataset, asking: account).name.number == 2)
            #expect(
                try await code { _ = try await store.references.version(Reference(parsing: "x/3"), asking: account) }
                    == .datasetNotFound
            )
            #expect(try await store.versions.list(.owner(fixture.alice.id), limit: 10).map(\.name.number) == [2, 1])
            // A page behind it is still one.
            let page = try await store.versions.list(.owner(fixture.alice.id), before: versions[2].id, limit: 10)
            #expect(page.map(\.name.number) == [2, 1])
            let next = try await store.versions.add(
                to: versions[0].dataset,
                tree: versions[0].tree,
                message: nil,
                at: now
            )
            #expect(next.name.number == 4)
            #expect(
                try await code { try await store.versions.delete(versions[2].id, as: fixture.alice.account, at: now) }
                    == .datasetNotFound
            )
            let all = try await fixture.versions(0, of: "x", fixture.alice)
            #expect(all.isEmpty)
            for version in [versions[0].id, versions[1].id, next.id] {
                try await store.versions.delete(version, as: fixture.alice.account, at: now)
            }
            #expect(
                try await code { _ = try await store.references.version(dataset, asking: account) } == .datasetNotFound
            )
        }
    }

    @Test("a version that a live job mounts stays, and one that is deleted can't be mounted")
    func liveJobs() async throws {
        try await StoreFixture.with { fixture in
            let store = fixture.store
            let version = try await fixture.versions(1, of: "x", fixture.alice)[0]
            let input = NewJob.Input(source: .version(version.id), mount: "x", isNamed: false)
            let job = try await fixture.submit(fixture.alice, inputs: [input])
            do {
                try await store.versions.delete(version.id, as: fixture.alice.account, at: now)
                Issue.record("it was deleted")
            } catch let error as FloydError {
                #expect(error.code == .conflict)
                #expect(error.message.contains(job.name.description))
            }
            #expect(try store.trees.isMounted(version.digest))
            try await end(job, fixture)
            #expect(try !store.trees.isMounted(version.digest))
            try await store.versions.delete(version.id, as: fixture.alice.account, at: now)
            // The job still names it.
            let ended = try #require(try await store.jobs.get(job.id))
            #expect(ended.inputs.map(\.name) == [version.name])
            #expect(ended.inputs.map(\.tree) == [nil])
            #expect(try await code { _ = try await fixture.submit(fixture.alice, inputs: [input]) } == .datasetNotFound)
        }
    }

    @Test("what is shared with the version before is kept with the version")
    func shared() async throws {
        try await StoreFixture.with { fixture in
            let dataset = try await fixture.dataset("x", of: fixture.alice)
            let trees = [
                try await fixture.tree(1, of: fixture.alice, contents: [content(1), content(2), content(1)]),
                try await fixture.tree(2, of: fixture.alice, contents: [content(1), content(1), content(3)]),
                try await fixture.tree(3, of: fixture.alice, contents: [content(3, executable: true)]),
            ]
            var shared: [Int64?] = []
            for tree in trees {
                shared.append(
                    try await fixture.store.versions.add(to: dataset.id, tree: tree.id, message: nil, at: now).shared
                )
            }
            #expect(shared == [0, 20, 0])
            // Those that were made before that was kept are looked up.
            try await fixture.sql("UPDATE dataset_versions SET shared = NULL")
            try await fixture.store.versions.completeShares()
            let all = try await fixture.store.versions.list(.dataset(dataset.id), limit: 10)
            #expect(all.map(\.shared) == [0, 20, 0])
        }
    }

    @Test("sizes that were not kept are listed again")
    func sizes() async throws {
        try await StoreFixture.with { fixture in
            let tree = try await fixture.tree(1, of: fixture.alice, contents: [content(1), content(2)])
            try await fixture.sql("UPDATE tree_contents SET bytes = NULL")
            #expect(try await fixture.store.trees.unsized() == [tree])
            try await fixture.store.trees.relist(tree) { insert in
                for seed in [1, 2, 2] { try insert(content(seed), 7) }
            }
            #expect(try await fixture.store.trees.unsized().isEmpty)
            #expect(try await fixture.integer("SELECT SUM(bytes * files) FROM tree_contents") == 21)
            try await fixture.sql("UPDATE tree_contents SET bytes = NULL")
            try await fixture.store.trees.giveUpSizes(of: tree)
            #expect(try await fixture.store.trees.unsized().isEmpty)
        }
    }
}
