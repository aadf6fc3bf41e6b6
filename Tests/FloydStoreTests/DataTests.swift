import Dispatch
import FloydModel
import FoundationEssentials
import Testing

@testable import FloydStore

struct DataTests {
    private let now = StoreFixture.now

    private func content(_ seed: Int, executable: Bool = false) -> TreeContent {
        TreeContent(hash: StoreFixture.digest(seed), isExecutable: executable)
    }

    @Test("a project or dataset is made once, and the same name is another account's too")
    func resources() async throws {
        try await StoreFixture.with { fixture in
            let resources = fixture.store.resources
            let dataset = try await fixture.dataset("modelnet", of: fixture.alice)
            #expect(dataset.name.description == "alice/datasets/modelnet")
            #expect(try await fixture.dataset("modelnet", of: fixture.alice) == dataset)
            #expect(try await fixture.dataset("modelnet", of: fixture.bob) != dataset)
            let project = try await resources.createOrGet(.projects, Name("modelnet"), owner: fixture.alice.id, at: now)
            #expect(project.id != dataset.id)
            _ = try await fixture.dataset("a", of: fixture.alice)
            #expect(
                try await resources.list(.datasets, owner: fixture.alice.id).map(\.name.name.string) == [
                    "a", "modelnet",
                ]
            )
            #expect(try await resources.get(.datasets, dataset.id) == dataset)
            #expect(try await resources.get(.projects, dataset.id) == nil)
            #expect(try await resources.setPublic(true, .datasets, dataset.id)?.isPublic == true)
            #expect(try await resources.setPublic(false, .datasets, dataset.id) == dataset)
            let stranger = try await code {
                _ = try await resources.createOrGet(.datasets, Name("x"), owner: ObjectID(), at: now)
            }
            #expect(stranger == .notFound)
        }
    }

    @Test("versions count from 1, and a number is never given again")
    func numbers() async throws {
        try await StoreFixture.with { fixture in
            let versions = try await fixture.versions(3, of: "modelnet", fixture.alice)
            #expect(versions.map(\.name.description) == (1...3).map { "alice/datasets/modelnet/\($0)" })
            #expect(versions[0].files == 2 && versions[0].bytes == 20 && versions[0].created == now)
            #expect(try await fixture.store.versions.get(versions[1].id) == versions[1])
            let dataset = versions[0].dataset
            #expect(try await fixture.store.versions.list(.dataset(dataset), limit: 10) == versions.reversed())
            #expect(
                try await fixture.store.versions.list(.dataset(dataset), before: versions[2].id, limit: 1) == [
                    versions[1]
                ]
            )

            try await fixture.sql("DELETE FROM dataset_versions WHERE number = 3")
            let next = try await fixture.store.versions.add(
                to: dataset,
                tree: versions[0].tree,
                message: "again",
                at: now
            )
            #expect(next.name.number == 4)
            #expect(next.message == "again")
        }
    }

    @Test("a version needs a dataset, and a tree of the same account; a refusal uses up no number")
    func badVersion() async throws {
        try await StoreFixture.with { fixture in
            let dataset = try await fixture.dataset("d", of: fixture.alice)
            let bobs = try await fixture.tree(1, of: fixture.bob)
            let versions = fixture.store.versions
            #expect(
                try await code { _ = try await versions.add(to: dataset.id, tree: bobs.id, message: nil, at: now) }
                    == .notFound
            )
            #expect(
                try await code { _ = try await versions.add(to: ObjectID(), tree: bobs.id, message: nil, at: now) }
                    == .datasetNotFound
            )
            let tree = try await fixture.tree(1, of: fixture.alice)
            #expect(try await versions.add(to: dataset.id, tree: tree.id, message: nil, at: now).name.number == 1)
        }
    }

    @Test("an upload goes from receiving to committed, and is seen by its account alone")
    func uploads() async throws {
        try await StoreFixture.with { fixture in
            let uploads = fixture.store.uploads
            let upload = try await fixture.upload(5, of: fixture.alice, length: 10)
            #expect(upload.state == .receiving && upload.length == 10 && upload.missing == 1 && upload.tree == nil)
            #expect(upload.digest == StoreFixture.digest(5) && upload.expires == now.addingTimeInterval(60))
            #expect(try await uploads.get(upload.id, owner: fixture.alice.id) == upload)
            #expect(try await uploads.get(upload.id, owner: fixture.bob.id) == nil)

            let tree = try await uploads.commit(upload.id, digest: StoreFixture.digest(5), at: now) { [self] insert in
                for seed in [1, 2, 1] { try insert(content(seed), 10) }
            }
            #expect(tree.owner == fixture.alice.id && tree.files == 2 && tree.bytes == 20)
            #expect(try await fixture.integer("SELECT count(*) FROM tree_contents") == 2)
            let committed = try await uploads.get(upload.id, owner: fixture.alice.id)
            #expect(committed?.state == .committed && committed?.tree == tree.id)
            #expect(try await fixture.store.trees.get(tree.id) == tree)
            #expect(try await fixture.store.trees.get(owner: fixture.alice.id, digest: tree.digest) == tree)
            #expect(try await fixture.store.trees.get(owner: fixture.bob.id, digest: tree.digest) == nil)
        }
    }

    @Test("committing again, or the same manifest in another upload, gives the same tree without listing its contents")
    func commitTwice() async throws {
        try await StoreFixture.with { fixture in
            let uploads = fixture.store.uploads
            let tree = try await fixture.tree(5, of: fixture.alice, contents: [content(1)])
            struct Listed: Error {}
            let other = try await fixture.upload(5, of: fixture.alice)
            for _ in 0..<2 {
                let again = try await uploads.commit(other.id, digest: StoreFixture.digest(5), at: now) { _ in
                    throw Listed()
                }
                #expect(again == tree)
            }
            #expect(try await fixture.tree(5, of: fixture.bob).id != tree.id)
        }
    }

    @Test("a commit that fails in the middle of its contents leaves nothing")
    func failingCommit() async throws {
        try await StoreFixture.with { fixture in
            struct Unreadable: Error {}
            let upload = try await fixture.upload(5, of: fixture.alice)
            await #expect(throws: Unreadable.self) {
                try await fixture.store.uploads.commit(upload.id, digest: StoreFixture.digest(5), at: now) { insert in
                    try insert(content(1), 10)
                    throw Unreadable()
                }
            }
            #expect(try await fixture.store.uploads.get(upload.id, owner: fixture.alice.id) == upload)
            #expect(try await fixture.integer("SELECT count(*) FROM trees") == 0)
            #expect(try await fixture.integer("SELECT count(*) FROM tree_contents") == 0)
            // Nor anything that the next one would take for its own.
            _ = try await fixture.tree(6, of: fixture.alice, contents: [content(2)])
            #expect(try await fixture.integer("SELECT count(*) FROM tree_contents") == 1)
        }
    }

    @Test("who commits may leave in the middle, and nobody is kept from anything")
    func cancelledCommit() async throws {
        try await StoreFixture.with { fixture in
            let upload = try await fixture.upload(5, of: fixture.alice)
            let (begins, isCancelled) = (AsyncStream.makeStream(of: Void.self), DispatchSemaphore(value: 0))
            let commit = Task {
                try await fixture.store.uploads.commit(upload.id, digest: StoreFixture.digest(5), at: now) { insert in
                    try insert(content(1), 10)
                    begins.continuation.finish()
                    isCancelled.wait()
                    try insert(content(2), 10)
                }
            }
            for await _ in begins.stream {}
            commit.cancel()
            isCancelled.signal()
            #expect(try await commit.value.digest == StoreFixture.digest(5))
            #expect(try await fixture.integer("SELECT count(*) FROM tree_contents") == 2)
            _ = try await fixture.tree(6, of: fixture.bob, contents: [content(3)])
            #expect(try await fixture.integer("SELECT count(*) FROM tree_contents") == 3)
        }
    }

    @Test("contents count as present only where the account may read them, and with the same executable bit")
    func reachable() async throws {
        try await StoreFixture.with { fixture in
            let trees = fixture.store.trees
            let tree = try await fixture.tree(
                1,
                of: fixture.alice,
                contents: [content(1), content(2, executable: true)]
            )
            let asked = [content(3), content(1), content(2), content(2, executable: true)]
            #expect(try await trees.reachable(asked, by: fixture.alice.id) == [false, true, false, true])
            #expect(try await trees.reachable(asked, by: fixture.bob.id) == [false, false, false, false])
            #expect(try await trees.reachable(asked, by: ObjectID()) == [false, false, false, false])
            let dataset = try await fixture.dataset("d", of: fixture.alice)
            _ = try await fixture.store.versions.add(to: dataset.id, tree: tree.id, message: nil, at: now)
            #expect(try await trees.reachable(asked, by: fixture.bob.id) == [false, false, false, false])
            _ = try await fixture.store.resources.setPublic(true, .datasets, dataset.id)
            #expect(try await trees.reachable(asked, by: fixture.bob.id) == [false, true, false, true])
            #expect(try await trees.reachable([], by: fixture.bob.id).isEmpty)
        }
    }

    @Test("unfinished uploads are what counts for the quota beside trees, and what is forgotten; committed ones stay")
    func unfinished() async throws {
        try await StoreFixture.with { fixture in
            let (uploads, usage) = (fixture.store.uploads, fixture.store.usage)
            let first = try await fixture.upload(5, of: fixture.alice, length: 10)
            let second = try await fixture.upload(6, of: fixture.alice, length: 7)
            _ = try await fixture.upload(7, of: fixture.bob, length: 1_000)
            let committed = try await fixture.upload(8, of: fixture.alice)
            _ = try await uploads.commit(committed.id, digest: StoreFixture.digest(8), at: now) { _ in }
            #expect(try await uploads.unfinished(of: fixture.alice.id, limit: 10) == [second, first])
            #expect(try await usage.unfinishedBytes(of: fixture.alice.id) == 17)
            #expect(try await !uploads.delete(committed.id))
            #expect(try await uploads.get(committed.id)?.state == .committed)
            #expect(try await uploads.delete(second.id))
            #expect(try await uploads.unfinished(of: fixture.alice.id, limit: 10) == [first])
            #expect(try await usage.bytes(of: fixture.alice.id) == 10)
        }
    }

    @Test("unfinished uploads expire, committed ones don't; deleting one leaves its tree")
    func expiry() async throws {
        try await StoreFixture.with { fixture in
            let uploads = fixture.store.uploads
            let upload = try await fixture.upload(5, of: fixture.alice, length: 10)
            let tree = try await fixture.tree(6, of: fixture.alice)
            #expect(try await uploads.expired(at: now.addingTimeInterval(59)).isEmpty)
            #expect(try await uploads.expired(at: now.addingTimeInterval(60)) == [upload])
            #expect(try await uploads.delete(upload.id))
            #expect(try await !uploads.delete(upload.id))
            try await fixture.sql("DELETE FROM uploads")
            #expect(try await fixture.store.trees.get(tree.id) == tree)
        }
    }
}
