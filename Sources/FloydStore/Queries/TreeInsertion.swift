public import FloydModel
public import FoundationEssentials
import GRDB

/// A tree that is durable and not yet known to the database.
public struct NewTree: Sendable, Hashable {
    public var owner: ObjectID
    /// SHA-256 of the manifest, all hashes in it.
    public var digest: Data
    public var files: Int
    /// Bytes of all files.
    public var bytes: Int64
    public var created: Date
    /// Until when it is kept whatever needs it.
    public var neededUntil: Date

    public init(owner: ObjectID, digest: Data, files: Int, bytes: Int64, created: Date, neededUntil: Date) {
        self.owner = owner
        self.digest = digest
        self.files = files
        self.bytes = bytes
        self.created = created
        self.neededUntil = neededUntil
    }
}

extension TreeQueries {
    /// Records a tree and its list of contents, which must be durable by now, in one transaction. One that the owner has already is left as it is.
    ///
    /// - Parameter contents: as `UploadQueries.commit` has it.
    /// - Throws: `FloydError` with `notFound` if there is no such account, and what `contents` throws; then nothing has changed.
    public func add(
        _ tree: NewTree,
        contents: @Sendable (_ insert: (TreeContent, Int64) throws -> Void) throws -> Void
    ) async throws -> TreeRecord {
        try await store.withWriter { db in
            let isNew = try Self.tree(tree.owner, tree.digest, db) == nil
            if isNew { try TreeStaging.fill(db, contents) }
            defer { if isNew { TreeStaging.empty(db) } }
            return try Store.transaction(db) {
                try Self.insert(tree, isStaged: isNew, db)
                guard let made = try Self.tree(tree.owner, tree.digest, db) else {
                    throw FloydError(.notFound, "there is no user \(tree.owner)")
                }
                return made
            }
        }
    }

    /// Says that somebody may be about to use the tree, until `time`.
    ///
    /// - Returns: false where there is no such tree any more.
    public func keep(_ id: ObjectID, until time: Date) async throws -> Bool {
        try await store.write { db in
            let sql = "UPDATE trees SET needed_until = MAX(needed_until, ?) WHERE id = ?"
            return try db.run(sql, [time.milliseconds, id.string]) == 1
        }
    }

    /// Inserts the tree with its staged contents; one that is there already is kept longer.
    static func insert(_ tree: NewTree, isStaged: Bool, _ db: Database) throws {
        let inserted = try db.integer(
            """
            INSERT INTO trees (id, owner, digest, files, bytes, created, needed_until)
            SELECT ?, pk, ?, ?, ?, ?, ? FROM users WHERE id = ?
            ON CONFLICT (owner, digest) DO NOTHING RETURNING pk
            """,
            [
                ObjectID().string, tree.digest, tree.files, tree.bytes, tree.created.milliseconds,
                tree.neededUntil.milliseconds, tree.owner.string,
            ]
        )
        guard let inserted else {
            try db.run(
                """
                UPDATE trees SET needed_until = MAX(needed_until, ?)
                WHERE digest = ? AND owner = (SELECT pk FROM users WHERE id = ?)
                """,
                [tree.neededUntil.milliseconds, tree.digest, tree.owner.string]
            )
            return
        }
        guard isStaged else {
            throw FloydError(.unavailable, "the tree was deleted while it was recorded", hint: "Try again.")
        }
        try TreeStaging.move(to: inserted, db)
    }
}
