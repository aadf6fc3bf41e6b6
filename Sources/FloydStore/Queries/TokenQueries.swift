public import FloydModel
public import FoundationEssentials
import GRDB

/// Tokens. The database knows only their SHA-256, from which no token can be had back.
public struct TokenQueries: Sendable {
    let store: Store

    /// - Parameters:
    ///   - hash: SHA-256 of the token, 32 bytes.
    ///   - expires: nil if it is good until it is revoked.
    /// - Throws: `FloydError` with `notFound` if there is no such account.
    public func add(
        hash: Data,
        user: ObjectID,
        label: String,
        created: Date,
        expires: Date? = nil
    ) async throws -> TokenRecord {
        try await store.write { db in
            let token = try db.first(
                """
                INSERT INTO tokens (id, hash, user, label, created, expires)
                SELECT ?, ?, pk, ?, ?, ? FROM users WHERE id = ? RETURNING *
                """,
                [ObjectID().string, hash, label, created.milliseconds, expires?.milliseconds, user.string]
            ) { try TokenRecord($0) }
            guard let token else { throw FloydError(.notFound, "there is no user \(user)") }
            return token
        }
    }

    /// Whom a token speaks for. That it was used is noted a moment later, once a minute at most; a crash may lose the note.
    ///
    /// - Throws: `FloydError` with `unauthenticated` if the token is unknown, revoked or expired, or its account disabled.
    public func authenticate(hash: Data, at now: Date) async throws -> AuthenticatedUser {
        let found = try await store.read { db in
            try db.first(
                """
                SELECT t.*, u.id AS user_id, u.name AS user_name, u.role AS user_role, u.created AS user_created,
                    u.host_uid_offset AS user_host_uid_offset, u.disabled AS user_disabled
                FROM tokens t JOIN users u ON u.pk = t.user WHERE t.hash = ?
                """,
                [hash]
            ) { AuthenticatedUser(user: try UserRecord($0, prefix: "user_"), token: try TokenRecord($0)) }
        }
        guard let found else { throw Self.refused("the token is not valid") }
        if found.token.revoked != nil { throw Self.refused("the token was revoked") }
        if let expires = found.token.expires, expires <= now { throw Self.refused("the token has expired") }
        if found.user.disabled != nil {
            throw FloydError(.unauthenticated, "the account is disabled", hint: "Ask the server's administrator.")
        }
        touch(found.token, now)
        return found
    }

    /// The tokens of an account, the newest first.
    public func list(of user: ObjectID) async throws -> [TokenRecord] {
        try await store.read { db in
            try db.all(
                "SELECT t.* FROM tokens t JOIN users u ON u.pk = t.user WHERE u.id = ? ORDER BY t.pk DESC",
                [user.string]
            ) { try TokenRecord($0) }
        }
    }

    /// Makes a token of `user` worthless. The time of the first revocation stays.
    ///
    /// - Returns: the token, or nil if the account has none of this id.
    public func revoke(_ token: ObjectID, of user: ObjectID, at now: Date) async throws -> TokenRecord? {
        try await store.write { db in
            try db.first(
                """
                UPDATE tokens SET revoked = COALESCE(revoked, ?)
                WHERE id = ? AND user = (SELECT pk FROM users WHERE id = ?) RETURNING *
                """,
                [now.milliseconds, token.string, user.string]
            ) { try TokenRecord($0) }
        }
    }

    private static let touchInterval: TimeInterval = 60

    private func touch(_ token: TokenRecord, _ now: Date) {
        let due = now.addingTimeInterval(-Self.touchInterval)
        if let lastUsed = token.lastUsed, lastUsed > due { return }
        // The request doesn't wait for the disk, nor for a long write before it.
        store.writeSoon { db in
            try db.run(
                "UPDATE tokens SET last_used = ? WHERE id = ? AND (last_used IS NULL OR last_used <= ?)",
                [now.milliseconds, token.id.string, due.milliseconds]
            )
        }
    }

    private static func refused(_ message: String) -> FloydError {
        FloydError(.unauthenticated, message, hint: "Log in with a token of this server: `floydlite login`.")
    }
}
