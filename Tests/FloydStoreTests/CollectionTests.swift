import FloydModel
import FoundationEssentials
import Testing

@testable import FloydStore

struct CollectionTests {
    private let now = StoreFixture.now
    private var later: Date { now.addingTimeInterval(61) }

    private func content(_ seed: Int) -> TreeContent {
        TreeContent(hash: StoreFixture.digest(seed), isExecutable: false)
    }

    @Test("a tree is needed by its upload for a while, then by versions and jobs alone")
    func needs() async throws {
        try await StoreFixture.with { fixture in
            let collection = fixture.store.collection
            func unneeded(_ time: Date) async throws -> [Data] {
                try await collection.unneededTrees(at: time).map(\.digest)
            }
            let upload = try await fixture.upload(5, of: fixture.alice)
            let tree = try await fixture.store.uploads.commit(upload.id, digest: StoreFixture.digest(5), at: now) {
                try $0(content(1), 10)
            }
            #expect(try await unneeded(now).isEmpty)
            #expect(try await unneeded(later) == [tree.digest])
            #expect(try await collection.spentUploads(at: now) == 0)
            #expect(try await collection.spentUploads(at: later) == 1)
            // As code of a job it is needed for good.
            let job = try await fixture.submit(fixture.alice)
            #expect(try await unneeded(later) == [tree.digest])
            let dataset = try await fixture.dataset("x", of: fixture.alice)
            let version = try await fixture.store.versions.add(
                to: dataset.id,
                tree: tree.id,
                message: nil,
                from: upload.id,
                at: now
            )
            #expect(try await unneeded(later).isEmpty)
            // The version took over from the upload.
            #expect(try await collection.spentUploads(at: now) == 1)
            try await fixture.store.versions.delete(version.id, as: fixture.alice.account, at: now)
            #expect(try await unneeded(now) == [tree.digest])
            #expect(try await fixture.store.trees.keep(tree.id, until: later))
            #expect(try await unneeded(now).isEmpty)
            #expect(try await unneeded(later) == [tree.digest])
            #expect(try await fixture.store.jobs.get(job.id)?.state == .queued)
        }
    }

    @Test("what is forgotten is gone with its contents, and what is needed by then stays")
    func forgets() async throws {
        try await StoreFixture.with { fixture in
            let collection = fixture.store.collection
            let tree = try await fixture.tree(5, of: fixture.alice, contents: [content(1), content(2)])
            let others = try await fixture.tree(5, of: fixture.bob, contents: [content(1), content(2)])
            let first = try await collection.unneededTrees(at: later, limit: 1)
            #expect(first.map(\.id) == [tree.id])
            #expect(try await collection.unneededTrees(at: later, behind: first[0]).map(\.id) == [others.id])
            #expect(try await fixture.store.trees.keep(tree.id, until: later.addingTimeInterval(1)))
            #expect(try await !collection.delete(first[0], at: later))
            #expect(try await collection.deleteSpentUploads(at: later, limit: 1) == 1)
            #expect(try await collection.deleteSpentUploads(at: later) == 1)
            let end = later.addingTimeInterval(2)
            #expect(try await collection.delete(first[0], at: end))
            #expect(try await !collection.delete(first[0], at: end))
            #expect(try await !fixture.store.trees.keep(tree.id, until: end))
            // Bob's is the same on the disk.
            #expect(try collection.haveTrees([tree.digest, StoreFixture.digest(9)]) == [true, false])
            #expect(try collection.areInTrees([content(1), content(3)]) == [true, false])
            // A dry run sees what would be left.
            #expect(try collection.haveTrees([tree.digest], neededAt: end) == [false])
            #expect(try collection.areInTrees([content(1)], neededAt: end) == [false])
            #expect(try collection.areInTrees([content(1)], neededAt: now) == [false])
            #expect(try await fixture.store.trees.keep(others.id, until: end))
            #expect(try collection.areInTrees([content(1)], neededAt: later) == [true])
        }
    }

    @Test("what an account takes is each content once, and what its uploads still bring")
    func usage() async throws {
        try await StoreFixture.with { fixture in
            let usage = fixture.store.usage
            #expect(try await usage.bytes(of: fixture.alice.id) == 0)
            _ = try await fixture.tree(1, of: fixture.alice, contents: [content(1), content(2), content(1)])
            _ = try await fixture.tree(2, of: fixture.alice, contents: [content(2), content(3)])
            _ = try await fixture.tree(3, of: fixture.bob, contents: [content(4)])
            #expect(try await usage.bytes(of: fixture.alice.id) == 30)
            _ = try await fixture.upload(7, of: fixture.alice, length: 500)
            #expect(try await usage.bytes(of: fixture.alice.id) == 530)
            #expect(try await usage.bytes(of: fixture.bob.id) == 10)
            let wanted = [(content(1), Int64(10)), (content(4), 10), (content(5), 3)]
            #expect(try usage.addedBytes(by: wanted, to: fixture.alice.id) == 13)
        }
    }

    @Test("the inventory lists trees of one digest together")
    func inventory() async throws {
        try await StoreFixture.with { fixture in
            let trees = fixture.store.trees
            for user in [fixture.alice, fixture.bob] {
                for seed in [2, 1] {
                    _ = try await fixture.tree(seed, of: user, contents: [content(seed), content(1)])
                }
            }
            var all: [TreeListing] = []
            while case let part = try trees.inventory(behind: all.last, limit: 3), !part.isEmpty { all += part }
            #expect(all.map(\.digest) == [1, 1, 2, 2].map(StoreFixture.digest))
            #expect(all.map(\.contents) == [1, 1, 2, 2])
            #expect(all.map(\.listedFiles) == [2, 2, 2, 2])
            #expect(all.map(\.listedBytes) == [20, 20, 20, 20])
            #expect(try trees.lists([content(1), content(2), content(3)], all[0]) == [true, false, false])
        }
    }
}
