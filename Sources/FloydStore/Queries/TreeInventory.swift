public import FloydModel
public import FoundationEssentials
import GRDB

/// A tree as the database lists it, for whoever compares it with what is on the disk.
public struct TreeListing: Sendable, Hashable {
    let pk: Int64
    public var id: ObjectID
    public var digest: Data
    public var files: Int
    public var bytes: Int64
    /// Different contents that are listed, and the files and bytes that these make.
    public var contents: Int
    public var listedFiles: Int
    public var listedBytes: Int64
}

extension TreeQueries {
    /// The trees of all accounts, in the order of their digests, so that those of one digest come together. Blocks.
    ///
    /// - Parameter last: the last one of the part before.
    public func inventory(behind last: TreeListing? = nil, limit: Int = 100) throws -> [TreeListing] {
        try store.readBlocking { db in
            let sql = """
                SELECT t.pk, t.id, t.digest, t.files, t.bytes, count(c.hash) AS contents,
                    COALESCE(SUM(c.files), 0) AS listed_files, COALESCE(SUM(c.bytes * c.files), 0) AS listed_bytes
                FROM (
                    SELECT * FROM trees WHERE (digest, pk) > (?, ?) ORDER BY digest, pk LIMIT ?
                ) t LEFT JOIN tree_contents c ON \(TreeLineage.has("t", "c")) GROUP BY t.pk ORDER BY t.digest, t.pk
                """
            return try db.all(sql, [last?.digest ?? Data(), last?.pk ?? 0, limit]) {
                TreeListing(
                    pk: try $0.value("pk"),
                    id: try $0.id("id"),
                    digest: try $0.value("digest"),
                    files: try $0.value("files"),
                    bytes: try $0.value("bytes"),
                    contents: try $0.value("contents"),
                    listedFiles: try $0.value("listed_files"),
                    listedBytes: try $0.value("listed_bytes")
                )
            }
        }
    }

    /// Whether the tree lists these contents. Blocks.
    public func lists(_ contents: [TreeContent], _ tree: TreeListing) throws -> [Bool] {
        try store.readBlocking { db in
            let statement = try db.cachedStatement(
                sql: """
                    SELECT EXISTS (
                        SELECT 1 FROM tree_contents c JOIN trees t ON \(TreeLineage.has("t", "c"))
                        WHERE t.pk = ? AND c.hash = ? AND c.executable = ?
                    )
                    """
            )
            return try contents.map {
                try Bool.fetchOne(statement, arguments: [tree.pk, $0.hash, $0.isExecutable]) ?? false
            }
        }
    }

    /// Whether a job that waits or runs mounts a tree of this digest. Blocks.
    public func isMounted(_ digest: Data) throws -> Bool {
        try store.readBlocking { db in
            let sql = """
                SELECT 1 FROM trees t JOIN dataset_versions v ON v.tree = t.pk JOIN job_inputs i ON i.version = v.pk
                    JOIN jobs j ON j.pk = i.job
                WHERE t.digest = ? AND j.state <> 'finished' LIMIT 1
                """
            return try db.integer(sql, [digest]) != nil
        }
    }

    /// Trees whose contents were listed before sizes were kept.
    public func unsized(limit: Int = 100) async throws -> [TreeRecord] {
        try await store.read { db in
            let sql =
                "\(TreeRecord.select) WHERE t.lineage IN (SELECT lineage FROM tree_contents WHERE bytes IS NULL) LIMIT ?"
            return try db.all(sql, [limit]) { try TreeRecord($0) }
        }
    }

    /// Lets a tree's contents count as empty.
    public func giveUpSizes(of tree: TreeRecord) async throws {
        try await store.write { db in
            _ = try db.run(
                """
                UPDATE tree_contents SET bytes = 0
                WHERE bytes IS NULL AND lineage = (SELECT lineage FROM trees WHERE id = ?)
                """,
                [tree.id.string]
            )
        }
    }

    /// Lists a tree's contents again, with their sizes. It is alone in its lineage: no tree is told from one without sizes.
    public func relist(
        _ tree: TreeRecord,
        contents: @escaping @Sendable (_ insert: (TreeContent, Int64) throws -> Void) throws -> Void
    ) async throws {
        try await store.withWriter { db in
            try TreeStaging.fill(db, contents)
            defer { TreeStaging.empty(db) }
            try Store.transaction(db) {
                let sql = "SELECT lineage FROM trees WHERE id = ?"
                guard let lineage = try db.integer(sql, [tree.id.string]) else { return }
                try db.run("DELETE FROM tree_contents WHERE lineage = ?", [lineage])
                try TreeStaging.move(to: lineage, db)
            }
        }
    }
}
