public import FloydModel
public import FoundationEssentials
import GRDB

/// Accounts.
public struct AccountQueries: Sendable {
    let store: Store

    /// Makes an account and gives it a host uid offset of its own.
    ///
    /// - Throws: `FloydError` with `alreadyExists` if the name is taken.
    public func addUser(_ name: Name, role: Account.Role = .user, at now: Date) async throws -> UserRecord {
        try await store.write { db in
            let id = try db.first(
                """
                INSERT INTO users (id, name, role, host_uid_offset, created)
                VALUES (?, ?, ?, (SELECT COALESCE(MAX(host_uid_offset) + 1, 0) FROM users), ?)
                ON CONFLICT (name) DO NOTHING RETURNING id
                """,
                [ObjectID().string, name.string, role.rawValue, now.milliseconds]
            ) { try $0.id("id") }
            guard let id, let user = try Self.user(id, db) else {
                throw FloydError(
                    .alreadyExists,
                    "there is a user \(name) already",
                    hint: "Choose another name, or give that user another token."
                )
            }
            return user
        }
    }

    public func user(named name: Name) async throws -> UserRecord? {
        try await store.read { db in
            try db.first("SELECT * FROM users WHERE name = ?", [name.string]) { try UserRecord($0) }
        }
    }

    public func user(_ id: ObjectID) async throws -> UserRecord? {
        try await store.read { try Self.user(id, $0) }
    }

    /// All accounts in the order of their names.
    public func users() async throws -> [UserRecord] {
        try await store.read { try $0.all("SELECT * FROM users ORDER BY name") { try UserRecord($0) } }
    }

    /// Refuses an account's tokens from now on, or accepts them again.
    ///
    /// - Returns: the account as it is now, or nil if there is none.
    public func setDisabled(_ disabled: Date?, _ user: ObjectID) async throws -> UserRecord? {
        try await store.write { db in
            try db.run("UPDATE users SET disabled = ? WHERE id = ?", [disabled?.milliseconds, user.string])
            return try Self.user(user, db)
        }
    }

    private static func user(_ id: ObjectID, _ db: Database) throws -> UserRecord? {
        try db.first("SELECT * FROM users WHERE id = ?", [id.string]) { try UserRecord($0) }
    }
}
