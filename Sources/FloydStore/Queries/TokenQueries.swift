public import FloydModel
public import FoundationEssentials
import GRDB

/// Tokens. The database knows only their SHA-256, from which no token can be had back.
public struct TokenQueries: Sendable {
    /// Tokens of one account that may be accepted at a time.
    public static let maximumLive = 200

    let store: Store

    /// - Parameters:
    ///   - hash: SHA-256 of the token, 32 bytes.
    ///   - label: what its owner calls it; of the account's tokens that are accepted no two have the same.
    ///   - expires: nil if it is good until it is revoked.
    /// - Throws: `FloydError` with `notFound` if there is no such account, `alreadyExists` if it has a live token of this name, `conflict` if
    ///   it has too many; `AnsweredBefore` if the request was done already.
    public func add(
        hash: Data,
        user: ObjectID,
        label: String,
        created: Date,
        expires: Date? = nil,
        once: KeyedWrite<TokenRecord>? = nil
    ) async throws -> TokenRecord {
        try await store.write { db in
            try RequestKeyQueries.once(once, db) {
                try Self.checkRoom(for: label, user, created, db)
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
    }

    private static func checkRoom(for label: String, _ user: ObjectID, _ now: Date, _ db: Database) throws {
        let live = try db.all(
            """
            SELECT t.* FROM tokens t JOIN users u ON u.pk = t.user
            WHERE u.id = ? AND t.session_of IS NULL AND \(isLive)
            """,
            [user.string, now.milliseconds]
        ) { try TokenRecord($0) }
        guard !live.contains(where: { $0.label == label }) else {
            throw FloydError(
                .alreadyExists,
                "there is a token \(label) already",
                hint: "Choose another name, or revoke that one: `floydlite token revoke`."
            )
        }
        guard live.count < maximumLive else {
            throw FloydError(
                .conflict,
                "the account has \(live.count) tokens",
                hint: "Revoke one that isn't used: `floydlite token list` shows when each was used last."
            )
        }
    }

    /// Of a token `t` and the moment that is the statement's next argument.
    static let isLive = "t.revoked IS NULL AND (t.expires IS NULL OR t.expires > ?)"

    /// Whom a token speaks for; nil if nobody ever had it. That it was used is noted a moment later, once a minute at most; a crash may lose
    /// the note.
    ///
    /// - Throws: `FloydError` with `unauthenticated` if the token was revoked or has expired, or its account is disabled.
    public func authenticate(hash: Data, at now: Date) async throws -> AuthenticatedUser? {
        guard let found = try await authenticate("t.hash = ?", [hash], now) else { return nil }
        touch(found.token, now)
        return found
    }

    /// The same for a token that was shown before: whether it still stands.
    public func authenticate(_ token: ObjectID, at now: Date) async throws -> AuthenticatedUser? {
        try await authenticate("t.id = ?", [token.string], now)
    }

    private func authenticate(
        _ condition: String,
        _ arguments: StatementArguments,
        _ now: Date
    ) async throws -> AuthenticatedUser? {
        let found = try await store.read { db in
            try db.first(
                """
                SELECT t.*, u.id AS user_id, u.name AS user_name, u.role AS user_role, u.created AS user_created,
                    u.host_uid_offset AS user_host_uid_offset, u.disabled AS user_disabled,
                    b.revoked AS beginning_revoked, b.expires AS beginning_expires
                FROM tokens t JOIN users u ON u.pk = t.user LEFT JOIN tokens b ON b.pk = t.session_of WHERE \(condition)
                """,
                arguments
            ) { columns in
                let token = try TokenRecord(columns)
                return (
                    AuthenticatedUser(user: try UserRecord(columns, prefix: "user_"), token: token),
                    isRevoked: try token.revoked != nil || columns.optionalDate("beginning_revoked") != nil,
                    ends: [token.expires, try columns.optionalDate("beginning_expires")].compactMap { $0 }
                )
            }
        }
        guard let (found, isRevoked, ends) = found else { return nil }
        let what = found.token.isSession ? "session" : "token"
        if isRevoked {
            throw Self.refused(found.token.isSession ? "the session was ended" : "the token was revoked")
        }
        if ends.contains(where: { $0 <= now }) { throw Self.refused("the \(what) has expired") }
        if found.user.disabled != nil {
            throw FloydError(.unauthenticated, "the account is disabled", hint: "Ask the server's administrator.")
        }
        return found
    }

    /// The tokens and sessions of an account, the newest first.
    ///
    /// - Parameter before: the last token of the page before.
    /// - Throws: `FloydError` with `invalidRequest` if `before` is none of the account's.
    public func list(of user: ObjectID, before: ObjectID? = nil, limit: Int = .max) async throws -> [TokenRecord] {
        try await store.read { db in
            var position = Int64.max
            if let before {
                let sql = "SELECT t.pk FROM tokens t JOIN users u ON u.pk = t.user WHERE t.id = ? AND u.id = ?"
                position = try db.pageEnd(sql, before, of: user)
            }
            return try db.all(
                """
                SELECT t.* FROM tokens t JOIN users u ON u.pk = t.user WHERE u.id = ? AND t.pk < ?
                ORDER BY t.pk DESC LIMIT ?
                """,
                [user.string, position, limit]
            ) { try TokenRecord($0) }
        }
    }

    /// The token of this id with its account; nil if there is none, or if it is not `owner`'s.
    ///
    /// - Parameter owner: nil: anybody's.
    public func get(_ token: ObjectID, of owner: ObjectID?) async throws -> AuthenticatedUser? {
        try await store.read { db in
            try db.first(
                """
                SELECT t.*, u.id AS user_id, u.name AS user_name, u.role AS user_role, u.created AS user_created,
                    u.host_uid_offset AS user_host_uid_offset, u.disabled AS user_disabled
                FROM tokens t JOIN users u ON u.pk = t.user WHERE t.id = ?1 AND (?2 IS NULL OR u.id = ?2)
                """,
                [token.string, owner?.string]
            ) { AuthenticatedUser(user: try UserRecord($0, prefix: "user_"), token: try TokenRecord($0)) }
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

    /// How the tokens of each account are used. Accounts that never had one are left out.
    public func use(at now: Date) async throws -> [ObjectID: TokenUse] {
        try await store.read { db in
            let rows = try db.all(
                """
                SELECT u.id, SUM(t.session_of IS NULL AND \(Self.isLive)) AS live, MAX(t.last_used) AS last_used
                FROM tokens t JOIN users u ON u.pk = t.user GROUP BY t.user
                """,
                [now.milliseconds]
            ) { (try $0.id("id"), TokenUse(live: try $0.value("live"), lastUsed: try $0.optionalDate("last_used"))) }
            return Dictionary(rows, uniquingKeysWith: { $1 })
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
        FloydError(
            .unauthenticated,
            message,
            hint:
                "Log in with another one: `floydlite login`. The administrator makes one: `floydlited user token NAME`."
        )
    }
}
