public import FloydModel
import GRDB

/// What accounts take of the disk.
public struct UsageQueries: Sendable {
    let store: Store

    /// Bytes of the different contents of the account's trees, and of the streams of its unfinished uploads.
    public func bytes(of owner: ObjectID) async throws -> Int64 {
        try await store.read { db in
            try db.integer(
                """
                SELECT COALESCE((
                    SELECT SUM(bytes) FROM (
                        SELECT MAX(c.bytes) AS bytes
                        FROM (SELECT DISTINCT lineage FROM trees WHERE owner = u.pk) l
                            JOIN tree_contents c ON c.lineage = l.lineage
                        GROUP BY c.hash, c.executable
                    )
                ), 0) + COALESCE((SELECT SUM(length) FROM uploads WHERE owner = u.pk AND state <> 'committed'), 0)
                FROM users u WHERE u.id = ?
                """,
                [owner.string]
            ) ?? 0
        }
    }

    /// The part of `bytes(of:)` that unfinished uploads are.
    public func unfinishedBytes(of owner: ObjectID) async throws -> Int64 {
        try await store.read { db in
            try db.integer(
                """
                SELECT COALESCE(SUM(up.length), 0) FROM uploads up JOIN users u ON u.pk = up.owner
                WHERE u.id = ? AND up.state <> 'committed'
                """,
                [owner.string]
            ) ?? 0
        }
    }

    /// Bytes of the different contents of all trees. Reads the whole list of contents: a second and more where there are millions.
    public func storedBytes() async throws -> Int64 {
        try await store.read { db in
            try db.integer(
                """
                SELECT COALESCE(SUM(bytes), 0) FROM (
                    SELECT MAX(bytes) AS bytes FROM tree_contents GROUP BY hash, executable
                )
                """
            ) ?? 0
        }
    }

    /// Bytes that a tree, whoever's, would add to what the account's trees have.
    public func addedBytes(byTree tree: ObjectID, to owner: ObjectID) async throws -> Int64 {
        try await store.read { db in
            try db.integer(
                """
                SELECT COALESCE(SUM(c.bytes), 0) FROM trees t JOIN tree_contents c ON \(TreeLineage.has("t", "c"))
                WHERE t.id = ? AND NOT EXISTS (
                    SELECT 1 FROM tree_contents o JOIN trees own ON own.lineage = o.lineage JOIN users u ON u.pk = own.owner
                    WHERE o.hash = c.hash AND o.executable = c.executable AND u.id = ?
                )
                """,
                [tree.string, owner.string]
            ) ?? 0
        }
    }

    /// Bytes that contents would add to what the account's trees have: those of them that are in none.
    ///
    /// - Parameter contents: with their bytes; one that comes twice counts twice. Blocks.
    public func addedBytes(by contents: [(TreeContent, Int64)], to owner: ObjectID) throws -> Int64 {
        try store.readBlocking { db in
            let statement = try db.cachedStatement(
                sql: """
                    SELECT EXISTS (
                        SELECT 1 FROM tree_contents c JOIN trees t ON t.lineage = c.lineage JOIN users u ON u.pk = t.owner
                        WHERE c.hash = ? AND c.executable = ? AND u.id = ?
                    )
                    """
            )
            return try contents.reduce(0) { sum, item in
                let isThere = try Bool.fetchOne(
                    statement,
                    arguments: [item.0.hash, item.0.isExecutable, owner.string]
                )
                return sum + (isThere == true ? 0 : item.1)
            }
        }
    }
}
