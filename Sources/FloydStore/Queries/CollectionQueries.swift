public import FloydModel
public import FoundationEssentials
import GRDB

/// What the collection of garbage asks and forgets.
///
/// A tree is needed by versions that aren't deleted, by jobs as their code, by uploads, and by whoever was told of it a short while ago (`needed_until`). One process at a
/// time collects, so what nothing needs at one of these calls becomes needed again only by a new tree.
public struct CollectionQueries: Sendable {
    let store: Store

    /// A tree that nothing needs.
    public struct Tree: Sendable, Hashable {
        public let id: ObjectID
        public let digest: Data
        public let bytes: Int64
    }

    /// Of a tree `t`, at the time `:now`.
    private static let isNeeded = """
        (t.needed_until > :now OR EXISTS (SELECT 1 FROM dataset_versions v WHERE v.tree = t.pk)
            OR EXISTS (SELECT 1 FROM jobs j WHERE j.code = t.pk)
            OR EXISTS (
                SELECT 1 FROM uploads up WHERE up.tree = t.pk AND (up.state <> 'committed' OR up.expires > :now)
            ))
        """

    /// Forgets up to `limit` uploads that became trees and whose time is over.
    ///
    /// - Returns: how many.
    public func deleteSpentUploads(at now: Date, limit: Int = 1_000) async throws -> Int {
        try await store.write { db in
            let sql = """
                DELETE FROM uploads WHERE pk IN (
                    SELECT pk FROM uploads WHERE state = 'committed' AND expires <= ? ORDER BY expires LIMIT ?
                )
                """
            return try db.run(sql, [now.milliseconds, limit])
        }
    }

    /// How many uploads `deleteSpentUploads` would forget.
    public func spentUploads(at now: Date) async throws -> Int {
        try await store.read { db in
            let sql = "SELECT count(*) FROM uploads WHERE state = 'committed' AND expires <= ?"
            return Int(try db.integer(sql, [now.milliseconds]) ?? 0)
        }
    }

    /// Trees that nothing needs, the oldest first, spent uploads not counted.
    ///
    /// - Parameter last: the last one of the part before.
    public func unneededTrees(at now: Date, behind last: Tree? = nil, limit: Int = 1_000) async throws -> [Tree] {
        try await store.read { db in
            let sql = """
                SELECT t.id, t.digest, t.bytes FROM trees t
                WHERE t.pk > COALESCE((SELECT pk FROM trees WHERE id = :last), 0) AND NOT \(Self.isNeeded)
                ORDER BY t.pk LIMIT :limit
                """
            return try db.all(sql, ["now": now.milliseconds, "last": last?.id.string, "limit": limit]) {
                Tree(id: try $0.id("id"), digest: try $0.value("digest"), bytes: try $0.value("bytes"))
            }
        }
    }

    /// Forgets a tree and its list of contents, unless something needs it by now.
    ///
    /// - Returns: whether it was forgotten.
    public func delete(_ tree: Tree, at now: Date) async throws -> Bool {
        try await store.write { db in
            try db.run(
                "DELETE FROM trees WHERE pk = (SELECT t.pk FROM trees t WHERE t.id = :id AND NOT \(Self.isNeeded))",
                ["now": now.milliseconds, "id": tree.id.string]
            ) == 1
        }
    }

    /// Whether there are trees of these digests, whoever's. Blocks.
    ///
    /// - Parameter now: leaves out those that nothing needs at that time; nil: all count.
    public func haveTrees(_ digests: [Data], neededAt now: Date? = nil) throws -> [Bool] {
        let condition = now == nil ? "" : " AND \(Self.isNeeded)"
        let sql = "SELECT EXISTS (SELECT 1 FROM trees t WHERE t.digest = :digest\(condition))"
        return try store.readBlocking { db in
            let statement = try db.cachedStatement(sql: sql)
            return try digests.map { digest in
                var arguments: StatementArguments = ["digest": digest]
                if let now { arguments += ["now": now.milliseconds] }
                return try Bool.fetchOne(statement, arguments: arguments) ?? false
            }
        }
    }

    /// Whether these contents are in any tree. Blocks.
    ///
    /// - Parameter now: as with `haveTrees`.
    public func areInTrees(_ contents: [TreeContent], neededAt now: Date? = nil) throws -> [Bool] {
        let condition =
            now == nil
            ? "" : " AND EXISTS (SELECT 1 FROM trees t WHERE \(TreeLineage.has("t", "c")) AND \(Self.isNeeded))"
        let sql = """
            SELECT EXISTS (
                SELECT 1 FROM tree_contents c WHERE c.hash = :hash AND c.executable = :executable\(condition)
            )
            """
        return try store.readBlocking { db in
            let statement = try db.cachedStatement(sql: sql)
            return try contents.map { content in
                var arguments: StatementArguments = ["hash": content.hash, "executable": content.isExecutable]
                if let now { arguments += ["now": now.milliseconds] }
                return try Bool.fetchOne(statement, arguments: arguments) ?? false
            }
        }
    }
}
