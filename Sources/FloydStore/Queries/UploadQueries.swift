public import FloydModel
public import FoundationEssentials
import GRDB

/// Uploads.
public struct UploadQueries: Sendable {
    let store: Store

    /// Begins an upload. With nothing to send it is `complete` from the start.
    ///
    /// - Throws: `FloydError` with `notFound` if there is no such account; `AnsweredBefore` if the request was done already.
    public func create(_ upload: NewUpload, once: KeyedWrite<UploadRecord>? = nil) async throws -> UploadRecord {
        try await store.write { db in
            try RequestKeyQueries.once(once, db) { try Self.create(upload, db) }
        }
    }

    static func create(_ upload: NewUpload, _ db: Database) throws -> UploadRecord {
        let state: UploadState = upload.length == 0 ? .complete : .receiving
        try db.run(
            """
            INSERT INTO uploads (id, owner, state, digest, files, bytes, length, missing, created, expires)
            SELECT ?, pk, ?, ?, ?, ?, ?, ?, ?, ? FROM users WHERE id = ?
            """,
            [
                upload.id.string, state.rawValue, upload.digest, upload.files, upload.bytes, upload.length,
                upload.missing, upload.created.milliseconds, upload.expires.milliseconds, upload.owner.string,
            ]
        )
        guard let made = try Self.upload(upload.id, db) else {
            throw FloydError(.notFound, "there is no user \(upload.owner)")
        }
        return made
    }

    /// The account's upload of this id.
    public func get(_ id: ObjectID, owner: ObjectID) async throws -> UploadRecord? {
        try await store.read { db in
            try db.first(UploadRecord.select + " WHERE up.id = ? AND u.id = ?", [id.string, owner.string]) {
                try UploadRecord($0)
            }
        }
    }

    /// Makes an upload a tree, whose contents must be there and durable by now: how much of it came is its folder's to say. The tree, its list of contents and the upload's state
    /// change in one transaction. Committing again gives the same tree, and so does another upload of the same owner and manifest.
    ///
    /// - Parameters:
    ///   - digest: SHA-256 of the whole manifest, hashes included.
    ///   - difference: the same told from another tree, if it is; then that is enough, as long as that tree can be told from.
    ///   - contents: gives each content of the manifest, and its bytes, to the closure it is handed, duplicates included. It is called on the
    ///     database's thread while this process can write nothing else, or not at all if the tree exists.
    /// - Throws: `FloydError` with `notFound` for no such upload, and what `contents` throws; then nothing has changed.
    public func commit(
        _ id: ObjectID,
        digest: Data,
        at now: Date,
        difference: TreeDifference? = nil,
        contents: @escaping @Sendable (_ insert: (TreeContent, Int64) throws -> Void) throws -> Void
    ) async throws -> TreeRecord {
        try await store.withWriter { db in
            let upload = try Self.present(id, db)
            let digest = upload.state == .committed ? upload.digest ?? digest : digest
            let isNew = try TreeQueries.tree(upload.owner, digest, db) == nil
            let staged = isNew ? try TreeQueries.stage(upload.owner, difference, contents, db) : .nothing
            defer { if isNew { TreeStaging.empty(db) } }
            return try Store.transaction(db) {
                // Another process may have got between.
                let upload = try Self.present(id, db)
                if upload.state != .committed { try Self.insertTree(of: upload, digest, now, staged, db) }
                guard let tree = try TreeQueries.tree(upload.owner, digest, db) else {
                    throw FloydError(.internalError, "upload \(id) has lost its tree")
                }
                return tree
            }
        }
    }

    /// Keeps an unfinished upload until `expires`, if that is later than it was.
    public func renew(_ id: ObjectID, until expires: Date) async throws {
        try await store.write { db in
            _ = try db.run(
                "UPDATE uploads SET expires = ?1 WHERE id = ?2 AND state <> 'committed' AND expires < ?1",
                [expires.milliseconds, id.string]
            )
        }
    }

    /// The upload of this id, whoever's it is.
    public func get(_ id: ObjectID) async throws -> UploadRecord? {
        try await store.read { db in try Self.upload(id, db) }
    }

    /// Uploads that were given up by `now` and not committed, the oldest first.
    public func expired(at now: Date, limit: Int = 1000) async throws -> [UploadRecord] {
        try await store.read { db in
            try db.all(
                UploadRecord.select + " WHERE up.state <> 'committed' AND up.expires <= ? ORDER BY up.expires LIMIT ?",
                [now.milliseconds, limit]
            ) { try UploadRecord($0) }
        }
    }

    /// The account's uploads that aren't committed, the newest first: those that count for its quota.
    ///
    /// - Parameter before: the last upload of the page before.
    /// - Throws: `FloydError` with `invalidRequest` if `before` is none of the account's.
    public func unfinished(of owner: ObjectID, before: ObjectID? = nil, limit: Int) async throws -> [UploadRecord] {
        try await store.read { db in
            var position = Int64.max
            if let before {
                // It may have been committed since.
                let sql = "SELECT up.pk FROM uploads up JOIN users u ON u.pk = up.owner WHERE up.id = ? AND u.id = ?"
                position = try db.pageEnd(sql, before, of: owner)
            }
            // By the index of the unfinished ones, which are few: in the order of the keys all that ever were would be read.
            return try db.all(
                UploadRecord.select
                    + " WHERE up.state <> 'committed' AND u.id = ? AND +up.pk < ? ORDER BY +up.pk DESC LIMIT ?",
                [owner.string, position, limit]
            ) { try UploadRecord($0) }
        }
    }

    /// Forgets an upload, unless it is committed: that says for good what became of it.
    ///
    /// - Returns: whether it was there and is gone.
    @discardableResult
    public func delete(_ id: ObjectID) async throws -> Bool {
        try await store.write { db in
            try db.run("DELETE FROM uploads WHERE id = ? AND state <> 'committed'", [id.string]) == 1
        }
    }

    static func upload(_ id: ObjectID, _ db: Database) throws -> UploadRecord? {
        try db.first(UploadRecord.select + " WHERE up.id = ?", [id.string]) { try UploadRecord($0) }
    }

    private static func present(_ id: ObjectID, _ db: Database) throws -> UploadRecord {
        guard let upload = try upload(id, db) else { throw FloydError(.notFound, "there is no upload \(id)") }
        return upload
    }

    private static func insertTree(
        of upload: UploadRecord,
        _ digest: Data,
        _ now: Date,
        _ staged: StagedTree,
        _ db: Database
    ) throws {
        let tree = NewTree(
            owner: upload.owner,
            digest: digest,
            files: upload.files,
            bytes: upload.bytes,
            created: now,
            // The upload's own row keeps it.
            neededUntil: now
        )
        try TreeQueries.insert(tree, staged, db)
        try db.run(
            """
            UPDATE uploads SET state = 'committed', digest = ?1,
                tree = (SELECT pk FROM trees t WHERE t.owner = uploads.owner AND t.digest = ?1)
            WHERE id = ?2
            """,
            [digest, upload.id.string]
        )
    }
}
