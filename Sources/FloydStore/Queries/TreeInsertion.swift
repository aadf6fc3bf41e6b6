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

/// What a tree has that another tree of its owner, the latest of its lineage, has not, and the other way round.
public struct TreeDifference: Sendable {
    /// The other tree's digest.
    public var base: Data
    /// Gives each content of a file that came, with its bytes and 1, and of each that went, with -1, to the closure it is handed.
    public var changes: @Sendable (_ insert: (TreeContent, Int64, Int) throws -> Void) throws -> Void

    public init(
        from base: Data,
        changes: @escaping @Sendable (_ insert: (TreeContent, Int64, Int) throws -> Void) throws -> Void
    ) {
        self.base = base
        self.changes = changes
    }
}

/// What of a tree's contents stands in the staging table.
enum StagedTree {
    case nothing
    case whole
    /// What is to be changed of the tree of this digest for the one behind it.
    case changes(base: Data, TreeLineage.Place)
}

extension TreeQueries {
    /// Records a tree and its list of contents, which must be durable by now, in one transaction. One that the owner has already is left as it is.
    ///
    /// - Parameter contents: as `UploadQueries.commit` has it.
    /// - Throws: `FloydError` with `notFound` if there is no such account, and what `contents` throws; then nothing has changed.
    public func add(
        _ tree: NewTree,
        contents: @escaping @Sendable (_ insert: (TreeContent, Int64) throws -> Void) throws -> Void
    ) async throws -> TreeRecord {
        try await store.withWriter { db in
            let isNew = try Self.tree(tree.owner, tree.digest, db) == nil
            let staged = isNew ? try Self.stage(tree.owner, nil, contents, db) : .nothing
            defer { if isNew { TreeStaging.empty(db) } }
            return try Store.transaction(db) {
                try Self.insert(tree, staged, db)
                guard let made = try Self.tree(tree.owner, tree.digest, db) else {
                    throw FloydError(.notFound, "there is no user \(tree.owner)")
                }
                return made
            }
        }
    }

    /// The account's own tree with the files of another account's, made if it has none; which of those it may have, the caller knows.
    ///
    /// - Parameter time: until when it is kept whatever needs it.
    /// - Throws: `FloydError` with `notFound` if there is no such tree, or no such account.
    public func adopt(_ id: ObjectID, for owner: ObjectID, at now: Date, neededUntil time: Date) async throws
        -> TreeRecord
    {
        try await store.write { db in
            guard let tree = try db.first("\(TreeRecord.select) WHERE t.id = ?", [id.string], { try TreeRecord($0) })
            else { throw FloydError(.notFound, "there is no tree \(id)") }
            if try Self.tree(owner, tree.digest, db) == nil {
                let place = try TreeLineage.new(db)
                try db.run(
                    """
                    INSERT INTO trees (id, owner, digest, files, bytes, created, lineage, position)
                    SELECT ?, u.pk, t.digest, t.files, t.bytes, ?, ?, ? FROM users u JOIN trees t WHERE u.id = ? AND t.id = ?
                    """,
                    [
                        ObjectID().string, now.milliseconds, place.lineage, place.position, owner.string, id.string,
                    ]
                )
                try db.run(
                    """
                    INSERT INTO tree_contents (lineage, since, hash, executable, bytes, files)
                    SELECT ?, ?, c.hash, c.executable, c.bytes, c.files
                    FROM trees t JOIN tree_contents c ON \(TreeLineage.has("t", "c")) WHERE t.id = ?
                    """,
                    [place.lineage, place.position, id.string]
                )
            }
            try db.run(
                """
                UPDATE trees SET needed_until = MAX(needed_until, ?)
                WHERE digest = ? AND owner = (SELECT pk FROM users WHERE id = ?)
                """,
                [time.milliseconds, tree.digest, owner.string]
            )
            guard let own = try Self.tree(owner, tree.digest, db) else {
                throw FloydError(.notFound, "there is no user \(owner)")
            }
            return own
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

    /// Lists what is new in a tree where the one that it is told from is there, else all of it. Whoever calls this empties the table.
    static func stage(
        _ owner: ObjectID,
        _ difference: TreeDifference?,
        _ contents: TreeContent.Source,
        _ db: Database
    ) throws -> StagedTree {
        guard let difference, let place = try TreeLineage.behind(difference.base, owner, db) else {
            try TreeStaging.fill(db, contents)
            return .whole
        }
        try TreeStaging.fill(db, difference)
        return .changes(base: difference.base, place)
    }

    /// Inserts the tree with its staged contents; one that is there already is kept longer.
    static func insert(_ tree: NewTree, _ staged: StagedTree, _ db: Database) throws {
        let place = try place(of: staged, tree.owner, db)
        let inserted = try db.integer(
            """
            INSERT INTO trees (id, owner, digest, files, bytes, created, needed_until, lineage, position)
            SELECT ?, pk, ?, ?, ?, ?, ?, ?, ? FROM users WHERE id = ?
            ON CONFLICT (owner, digest) DO NOTHING RETURNING pk
            """,
            [
                ObjectID().string, tree.digest, tree.files, tree.bytes, tree.created.milliseconds,
                tree.neededUntil.milliseconds, place.lineage, place.position, tree.owner.string,
            ]
        )
        guard inserted != nil else {
            try db.run(
                """
                UPDATE trees SET needed_until = MAX(needed_until, ?)
                WHERE digest = ? AND owner = (SELECT pk FROM users WHERE id = ?)
                """,
                [tree.neededUntil.milliseconds, tree.digest, tree.owner.string]
            )
            return
        }
        switch staged {
        case .nothing: throw Self.isGone
        case .whole: try TreeStaging.move(to: place.lineage, db)
        case .changes: try TreeStaging.change(to: place, db)
        }
    }

    /// Where the tree belongs, now that no other process writes.
    private static func place(of staged: StagedTree, _ owner: ObjectID, _ db: Database) throws -> TreeLineage.Place {
        guard case .changes(let base, let place) = staged else { return try TreeLineage.new(db) }
        // Another process may have got between.
        guard try TreeLineage.behind(base, owner, db) == place else { throw isGone }
        return place
    }

    private static var isGone: FloydError {
        FloydError(.unavailable, "a tree was deleted while another was recorded", hint: "Try again.")
    }
}
