public import FloydModel
public import FoundationEssentials
import GRDB

/// Uploads that are archives.
public struct ArchiveQueries: Sendable {
    let store: Store

    /// Begins an upload that is an archive.
    ///
    /// - Throws: `FloydError` with `notFound` if there is no such account; `AnsweredBefore` if the request was done already.
    public func create(
        _ upload: NewUpload,
        _ archive: ArchiveUpload,
        once: KeyedWrite<UploadRecord>? = nil
    ) async throws -> UploadRecord {
        try await store.write { db in
            try RequestKeyQueries.once(once, db) {
                _ = try UploadQueries.create(upload, db)
                try db.run(
                    "INSERT INTO archives (upload, dataset, message, metadata) SELECT pk, ?, ?, ? FROM uploads WHERE id = ?",
                    [archive.dataset.string, archive.message, archive.metadata, upload.id.string]
                )
                return try Self.upload(upload.id, db)
            }
        }
    }

    /// The archive of this id, whoever's it is.
    public func get(_ id: ObjectID) async throws -> UploadRecord? {
        try await store.read { db in try UploadQueries.upload(id, db) }
    }

    /// The archives of which neither a version was made nor is known why not, the oldest first.
    public func unfinished() async throws -> [UploadRecord] {
        try await store.read { db in
            try db.all(
                UploadRecord.select
                    + " WHERE up.state <> 'committed' AND a.upload IS NOT NULL AND a.failure_code IS NULL ORDER BY up.pk"
            ) { try UploadRecord($0) }
        }
    }

    /// Makes the tree of an archive a version, in one transaction with the upload's end: there is one version of an upload, however often it was unpacked. The dataset is
    /// made where there is none of that name.
    ///
    /// - Throws: `FloydError` with `notFound` for no such upload or tree.
    public func complete(_ id: ObjectID, tree: TreeRecord, at now: Date) async throws -> DatasetVersionRecord {
        try await store.write { db in
            let upload = try Self.upload(id, db)
            guard let archive = upload.archive else { throw FloydError(.notFound, "the upload \(id) is no archive") }
            if let made = try Self.version(of: id, db) { return made }
            let version = try Self.add(tree, to: archive.dataset, archive.message, owner: upload.owner, now, db)
            try db.run(
                """
                UPDATE uploads SET state = 'committed', digest = ?1, files = ?2, bytes = ?3,
                    tree = (SELECT pk FROM trees WHERE id = ?4)
                WHERE id = ?5
                """,
                [tree.digest, tree.files, tree.bytes, tree.id.string, id.string]
            )
            try db.run(
                """
                UPDATE archives SET failure_code = NULL, failure_message = NULL, failure_hint = NULL, version = ?
                WHERE upload = (SELECT pk FROM uploads WHERE id = ?)
                """,
                [version.pk, id.string]
            )
            return version
        }
    }

    /// The version that was made of an archive.
    ///
    /// - Throws: `FloydError` with `gone` where it isn't there any more.
    public func version(of id: ObjectID) async throws -> DatasetVersionRecord {
        let version = try await store.read { db in try Self.version(of: id, db) }
        guard let version else { throw FloydError(.gone, "the version that the upload \(id) became was deleted") }
        return version
    }

    private static func version(of id: ObjectID, _ db: Database) throws -> DatasetVersionRecord? {
        try VersionQueries.version(
            "v.pk = (SELECT version FROM archives WHERE upload = (SELECT pk FROM uploads WHERE id = ?))",
            [id.string],
            db
        )
    }

    /// Makes the tree a version of the owner's dataset of this name, which is made where there is none.
    ///
    /// - Throws: `AnsweredBefore` if the request was done already.
    public func add(
        _ tree: TreeRecord,
        to dataset: Name,
        message: String?,
        at now: Date,
        once: KeyedWrite<DatasetVersionRecord>? = nil
    ) async throws -> DatasetVersionRecord {
        try await store.write { db in
            try RequestKeyQueries.once(once, db) {
                try Self.add(tree, to: dataset, message, owner: tree.owner, now, db)
            }
        }
    }

    /// Notes why there will be no version.
    public func fail(_ id: ObjectID, _ error: FloydError) async throws {
        _ = try await store.write { db in
            try db.run(
                """
                UPDATE archives SET failure_code = ?, failure_message = ?, failure_hint = ?
                WHERE version IS NULL AND upload = (SELECT pk FROM uploads WHERE id = ?)
                """,
                [error.code.rawValue, error.message, error.hint, id.string]
            )
        }
    }

    private static func add(
        _ tree: TreeRecord,
        to dataset: Name,
        _ message: String?,
        owner: ObjectID,
        _ now: Date,
        _ db: Database
    ) throws -> DatasetVersionRecord {
        let resource = try ResourceQueries.createOrGet(.datasets, dataset, owner, now, db)
        return try VersionQueries.insert(into: resource, tree: tree.id, message: message, at: now, db)
    }

    private static func upload(_ id: ObjectID, _ db: Database) throws -> UploadRecord {
        guard let upload = try UploadQueries.upload(id, db) else {
            throw FloydError(.notFound, "there is no upload \(id)")
        }
        return upload
    }
}
