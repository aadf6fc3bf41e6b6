public import FloydModel
public import FoundationEssentials
import GRDB

/// Trees, and which contents they make reachable.
public struct TreeQueries: Sendable {
    let store: Store

    public func get(_ id: ObjectID) async throws -> TreeRecord? {
        try await store.read { db in
            try db.first(TreeRecord.select + " WHERE t.id = ?", [id.string]) { try TreeRecord($0) }
        }
    }

    /// The tree that a committed upload of the owner became; its own id is fine, too.
    ///
    /// - Throws: `FloydError` with `notFound` if there is neither, `conflict` if the upload isn't committed.
    public func of(_ code: ObjectID, owner: ObjectID) async throws -> TreeRecord {
        try await store.read { try Self.of(code, owner, $0) }
    }

    /// The same for a caller that may block.
    public func ofBlocking(_ code: ObjectID, owner: ObjectID) throws -> TreeRecord {
        try store.readBlocking { try Self.of(code, owner, $0) }
    }

    static func of(_ code: ObjectID, _ owner: ObjectID, _ db: Database) throws -> TreeRecord {
        // An upload and its tree have one owner.
        let condition = "u.id = ?1 AND t.pk = COALESCE(\(uploaded), (SELECT pk FROM trees WHERE id = ?2))"
        let tree = try db.first("\(TreeRecord.select) WHERE \(condition)", [owner.string, code.string]) {
            try TreeRecord($0)
        }
        if let tree { return tree }
        let begun = "SELECT 1 FROM uploads up JOIN users u ON u.pk = up.owner WHERE u.id = ?1 AND up.id = ?2"
        guard try db.integer(begun, [owner.string, code.string]) == nil else {
            throw FloydError(
                .conflict,
                "the upload \(code) is not committed",
                hint: "Send what is missing, then commit it."
            )
        }
        throw FloydError(
            .notFound,
            "there is no upload \(code)",
            hint: "It may have expired: begin a new one."
        )
    }

    private static let uploaded = "(SELECT tree FROM uploads WHERE id = ?2)"

    /// The owner's tree with this manifest.
    public func get(owner: ObjectID, digest: Data) async throws -> TreeRecord? {
        try await store.read { try Self.tree(owner, digest, $0) }
    }

    /// Whether the account has a tree of this digest. Blocks.
    public func hasTree(_ digest: [UInt8], of owner: ObjectID) throws -> Bool {
        try store.readBlocking { try Self.tree(owner, Data(digest), $0) != nil }
    }

    /// Which of `contents` the account may read already, and so need not send: those of its own trees and of public datasets.
    ///
    /// - Returns: one answer for each, in the same order.
    public func reachable(_ contents: [TreeContent], by user: ObjectID) async throws -> [Bool] {
        try await store.read { try Self.reachable(contents, by: user, $0) }
    }

    /// The same for a caller that may block: one that goes through a long list in a thread of its own.
    public func reachableBlocking(_ contents: [TreeContent], by user: ObjectID) throws -> [Bool] {
        try store.readBlocking { try Self.reachable(contents, by: user, $0) }
    }

    private static func reachable(_ contents: [TreeContent], by user: ObjectID, _ db: Database) throws -> [Bool] {
        let statement = try db.cachedStatement(
            sql: """
                SELECT EXISTS (
                    SELECT 1 FROM tree_contents c JOIN trees t ON \(TreeLineage.has("t", "c"))
                    WHERE c.hash = ?1 AND c.executable = ?2 AND (
                        t.owner = ?3
                        OR EXISTS (
                            SELECT 1 FROM dataset_versions v JOIN datasets d ON d.pk = v.dataset
                            WHERE v.tree = t.pk AND d.public
                        )
                    )
                )
                """
        )
        guard let owner = try db.integer("SELECT pk FROM users WHERE id = ?", [user.string]) else {
            return contents.map { _ in false }
        }
        return try contents.map { content in
            try Bool.fetchOne(statement, arguments: [content.hash, content.isExecutable, owner]) ?? false
        }
    }

    static func tree(_ owner: ObjectID, _ digest: Data, _ db: Database) throws -> TreeRecord? {
        try db.first(TreeRecord.select + " WHERE u.id = ? AND t.digest = ?", [owner.string, digest]) {
            try TreeRecord($0)
        }
    }
}
