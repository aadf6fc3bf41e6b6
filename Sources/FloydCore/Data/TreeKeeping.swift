internal import FloydBlobs
internal import FloydModel
internal import FloydOS
internal import FloydStore
internal import FoundationEssentials

/// Trees made of files of this machine, and how trees get from the data store into the database.
struct TreeKeeping: Sendable {
    let store: Store
    let blobs: BlobStore
    let pool: BlockingPool
    let storage: StorageGuard
    /// How long whoever is told of a tree may take to use it.
    let grace: Duration

    /// Makes a tree of what `fill` adds, on one of the pool's threads, and records it for the account of that id. What fails leaves nothing; a crash
    /// leaves what the collector removes.
    func add(
        for owner: ObjectID,
        materialising: Bool,
        _ fill: @escaping @Sendable (inout TreeIntake) throws -> Void
    ) async throws -> TreeRecord {
        let (tree, passage) = try await pool.run { [blobs] in
            var intake = try TreeIntake(store: blobs, id: ObjectID())
            try fill(&intake)
            let passage = try blobs.gate.pass()
            return (try intake.commit(materialising: materialising), passage)
        }
        return try await record(tree, for: owner, under: passage)
    }

    /// Records a committed tree with its contents, in one transaction.
    ///
    /// - Parameter passage: has been held since before the tree was committed.
    func record(_ tree: CommittedTree, for owner: ObjectID, under passage: StoreGate.Passage) async throws -> TreeRecord
    {
        defer { withExtendedLifetime(passage) {} }
        // Too late to have anything undone: what is refused is collected some time.
        try await storage.admit(tree, for: owner, on: pool)
        let now = Date()
        let new = NewTree(
            owner: owner,
            digest: Data(tree.digest),
            files: tree.files,
            bytes: tree.bytes,
            created: now,
            neededUntil: now.addingTimeInterval(grace.timeInterval)
        )
        let record = try await store.trees.add(new) { [blobs] insert in
            try Self.list(insert) { body throws(FloydError) in try blobs.forEachContents(of: tree.digest, body) }
        }
        Failpoint.treeRecorded.reach()
        return record
    }

    /// The account's own tree with the files of one that it may read, kept long enough to be used. Nothing is copied but the list.
    func adopt(_ tree: TreeRecord, for owner: ObjectID) async throws -> TreeRecord {
        if tree.owner == owner { return tree }
        if let known = try await known(Array(tree.digest), of: owner) { return known }
        try await storage.admitAdoption(of: tree, by: owner)
        let now = Date()
        let end = now.addingTimeInterval(max(grace.timeInterval, Self.shortestAdoption))
        return try await store.trees.adopt(tree.id, for: owner, at: now, neededUntil: end)
    }

    /// Seconds that whoever adopts a tree has to use it, however short the grace is.
    private static let shortestAdoption: TimeInterval = 60

    /// The account's tree of that digest, kept long enough to be used; nil where there is none, or its manifest is gone.
    func known(_ digest: [UInt8], of owner: ObjectID) async throws -> TreeRecord? {
        guard let tree = try await store.trees.get(owner: owner, digest: Data(digest)) else { return nil }
        // A write for every second look would be a sync of the disk for each of them.
        let now = Date()
        if tree.neededUntil < now.addingTimeInterval(grace.timeInterval / 2) {
            let end = now.addingTimeInterval(grace.timeInterval)
            guard try await store.trees.keep(tree.id, until: end) else { return nil }
        }
        return try await pool.run { [blobs] in try blobs.hasTree(digest) } ? tree : nil
    }

    /// Gives every content of a tree, of which `forEach` brings some at a time, to `insert`.
    static func list(
        _ insert: (TreeContent, Int64) throws -> Void,
        _ forEach:
            @escaping (_ body: ([(id: ContentID, bytes: Int64)]) throws(FloydError) -> Void) throws(FloydError) ->
            Void
    ) throws {
        // The batches come from a file, the errors of inserting from the database: they must get out of the closure whole.
        var failure: (any Error)?
        try forEach { contents in
            guard failure == nil else { return }
            do {
                for content in contents { try insert(TreeContent(content.id), content.bytes) }
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
    }
}

extension Duration {
    /// Seconds.
    var timeInterval: TimeInterval { self / .seconds(1) }
}
