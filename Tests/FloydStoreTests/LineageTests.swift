import FloydModel
import FoundationEssentials
import Testing

@testable import FloydStore

/// Trees that are told from others answer every question as they would if all of each were listed.
struct LineageTests {
    private let now = StoreFixture.now

    private struct Tree {
        var record: TreeRecord
        /// Files by content.
        var files: [Int: Int]
    }

    private func content(_ seed: Int) -> TreeContent {
        TreeContent(hash: StoreFixture.digest(seed), isExecutable: seed.isMultiple(of: 3))
    }

    private func size(_ seed: Int) -> Int64 { Int64(10 + seed) }

    private func bytes(_ files: [Int: Int]) -> Int64 {
        files.reduce(0) { $0 + size($1.key) * Int64($1.value) }
    }

    /// Commits a tree of `files`, told from `base` if there is one.
    private func commit(
        _ digest: Int,
        _ files: [Int: Int],
        from base: Tree? = nil,
        _ fixture: StoreFixture
    ) async throws -> Tree {
        let upload = try await fixture.store.uploads.create(
            NewUpload(
                owner: fixture.alice.id,
                digest: StoreFixture.digest(digest),
                files: files.values.reduce(0, +),
                bytes: bytes(files),
                length: 0,
                missing: 0,
                created: now,
                expires: now
            )
        )
        let difference = base.map { base in
            TreeDifference(from: base.record.digest) { insert in
                // Some that are in both come and go.
                for (seed, count) in files { for _ in 0..<count { try insert(content(seed), size(seed), 1) } }
                for (seed, count) in base.files { for _ in 0..<count { try insert(content(seed), size(seed), -1) } }
            }
        }
        let record = try await fixture.store.uploads.commit(
            upload.id,
            digest: StoreFixture.digest(digest),
            at: now,
            difference: difference
        ) { insert in
            for (seed, count) in files { for _ in 0..<count { try insert(content(seed), size(seed)) } }
        }
        try await fixture.sql("DELETE FROM uploads")
        return Tree(record: record, files: files)
    }

    private func check(_ trees: [Tree], _ contents: Int, _ fixture: StoreFixture) async throws {
        let store = fixture.store
        let listings = try store.trees.inventory()
        #expect(listings.count == trees.count)
        let all = (0..<contents).map(content)
        for tree in trees {
            let listing = try #require(listings.first { $0.id == tree.record.id })
            #expect(listing.contents == tree.files.count)
            #expect(listing.listedFiles == tree.files.values.reduce(0, +))
            #expect(listing.listedBytes == bytes(tree.files))
            #expect(try store.trees.lists(all, listing) == (0..<contents).map { tree.files[$0] != nil })
        }
        let present = Set(trees.flatMap(\.files.keys))
        let expected = (0..<contents).map(present.contains)
        #expect(try await store.trees.reachable(all, by: fixture.alice.id) == expected)
        #expect(try await store.trees.reachable(all, by: fixture.bob.id) == all.map { _ in false })
        #expect(try store.collection.areInTrees(all) == expected)
        let used = present.reduce(0) { $0 + size($1) }
        #expect(try await store.usage.bytes(of: fixture.alice.id) == used)
        #expect(try await store.usage.storedBytes() == used)
        let added = try store.usage.addedBytes(by: (0..<contents).map { (content($0), size($0)) }, to: fixture.alice.id)
        #expect(added == (0..<contents).reduce(0) { $0 + (present.contains($1) ? 0 : size($1)) })
        #expect(try await fixture.integer(Self.rowsInNoTree) == 0)
        #expect(try await fixture.integer(Self.wronglyOpen) == 0)
    }

    private static let rowsInNoTree = """
        SELECT count(*) FROM tree_contents c
        WHERE NOT EXISTS (SELECT 1 FROM trees t WHERE \(TreeLineage.has("t", "c")))
        """
    private static let wronglyOpen = """
        SELECT count(*) FROM tree_contents c JOIN (SELECT lineage, MAX(position) AS position FROM trees GROUP BY lineage) t
            ON t.lineage = c.lineage
        WHERE (c.until IS NULL) <> (\(TreeLineage.has("t", "c")))
        """

    @Test("whatever is made from whatever, and deleted in whatever order", arguments: 1...12)
    func anyOrder(seed: UInt64) async throws {
        try await StoreFixture.with { fixture in
            var random = SplitMix(state: seed)
            var trees: [Tree] = []
            var digest = 100
            let contents = 12
            for _ in 0..<40 {
                if !trees.isEmpty, Int.random(in: 0..<3, using: &random) == 0 {
                    let gone = trees.remove(at: Int.random(in: trees.indices, using: &random))
                    let tree = try #require(
                        try await fixture.store.collection.unneededTrees(at: now.addingTimeInterval(1), limit: 100)
                            .first { $0.id == gone.record.id }
                    )
                    #expect(try await fixture.store.collection.delete(tree, at: now.addingTimeInterval(1)))
                } else {
                    digest += 1
                    // Mostly from the latest, sometimes from an older one or from none.
                    let base = Bool.random(using: &random) ? trees.last : trees.randomElement(using: &random)
                    var files = base?.files ?? [:]
                    for _ in 0..<Int.random(in: 0..<5, using: &random) {
                        let seed = Int.random(in: 0..<contents, using: &random)
                        files[seed] = [nil, 1, 2].randomElement(using: &random) ?? nil
                    }
                    let isTold = Int.random(in: 0..<5, using: &random) > 0
                    trees.append(try await commit(digest, files, from: isTold ? base : nil, fixture))
                }
                try await check(trees, contents, fixture)
            }
        }
    }

    @Test("a version of many files of which few are new takes few rows")
    func fewRows() async throws {
        try await StoreFixture.with { fixture in
            var files = Dictionary(uniqueKeysWithValues: (0..<500).map { ($0, 1) })
            var tree = try await commit(1_000, files, fixture)
            for step in 1...10 {
                files[step] = nil
                files[1_000 + step] = 1
                tree = try await commit(1_000 + step, files, from: tree, fixture)
            }
            #expect(try await fixture.integer("SELECT count(*) FROM tree_contents") == 510)
            #expect(try await fixture.integer("SELECT count(DISTINCT lineage) FROM trees") == 1)
            for step in 11...Int(TreeLineage.maximumLength) {
                files[step] = nil
                tree = try await commit(1_000 + step, files, from: tree, fixture)
            }
            #expect(try await fixture.integer("SELECT count(DISTINCT lineage) FROM trees") == 2)
        }
    }

    @Test("what versions share is the same however their trees are told")
    func shares() async throws {
        try await StoreFixture.with { fixture in
            let first = try await commit(1, [1: 1, 2: 2, 3: 1], fixture)
            let second = try await commit(2, [1: 1, 2: 1, 4: 1], from: first, fixture)
            let third = try await commit(3, [1: 1, 2: 1, 3: 1, 4: 1], fixture)
            let dataset = try await fixture.dataset("d", of: fixture.alice)
            var shared: [Int64?] = []
            for tree in [first, second, third, first] {
                shared.append(
                    try await fixture.store.versions.add(to: dataset.id, tree: tree.record.id, message: nil, at: now)
                        .shared
                )
            }
            // What is there in other numbers is shared, too.
            let expected = [0, size(1) + size(2), size(1) + size(2) + size(4), size(1) + 2 * size(2) + size(3)]
            #expect(shared == expected)
            try await fixture.sql("UPDATE dataset_versions SET shared = NULL")
            try await fixture.store.versions.completeShares()
            let all = try await fixture.store.versions.list(.dataset(dataset.id), limit: 10)
            #expect(all.map(\.shared) == expected.reversed())
        }
    }

    @Test("no tree is told from one whose sizes aren't known, from another account's, or from a lie")
    func unfit() async throws {
        try await StoreFixture.with { fixture in
            let others = try await fixture.tree(7, of: fixture.bob, contents: [content(1)])
            _ = try await commit(8, [1: 1], from: Tree(record: others, files: [1: 1]), fixture)
            let tree = try await commit(1, [1: 1, 2: 1], fixture)
            #expect(try await fixture.integer("SELECT count(DISTINCT lineage) FROM trees") == 3)
            await #expect(throws: FloydError.self) {
                _ = try await commit(2, [1: 1], from: Tree(record: tree.record, files: [1: 1, 5: 1]), fixture)
            }
            #expect(try await fixture.store.trees.get(owner: fixture.alice.id, digest: StoreFixture.digest(2)) == nil)
            try await fixture.sql("UPDATE tree_contents SET bytes = NULL WHERE lineage = 3")
            _ = try await commit(3, [1: 1], from: tree, fixture)
            #expect(try await fixture.integer("SELECT count(DISTINCT lineage) FROM trees") == 4)
            #expect(try await fixture.store.trees.unsized().map(\.id) == [tree.record.id])
        }
    }
}

/// A generator that gives the same numbers each time.
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }
}
