public import FloydModel
public import FoundationEssentials
import GRDB

extension TokenQueries {
    /// Sessions of one account at a time; one more ends the oldest.
    static let maximumSessions = 50
    /// How long it is remembered that a session has ended, so that a browser which comes back is told why.
    private static let memory: TimeInterval = 7 * 86_400

    /// Begins a session of the web login, and forgets old ones of the account.
    ///
    /// It is accepted as long as the token that it was begun with.
    ///
    /// - Parameters:
    ///   - hash: SHA-256 of what the browser gets, 32 bytes.
    ///   - beginning: the token, or a session, that was shown.
    /// - Throws: `FloydError` with `unauthenticated` if there is no such token any more.
    public func addSession(
        hash: Data,
        begunWith beginning: ObjectID,
        created: Date,
        expires: Date
    ) async throws -> TokenRecord {
        try await store.write { db in
            let token = try db.first(
                """
                INSERT INTO tokens (id, hash, user, label, created, expires, session_of)
                SELECT ?, ?, user, 'web login', ?, ?, COALESCE(session_of, pk) FROM tokens
                WHERE id = ? AND revoked IS NULL RETURNING *
                """,
                [ObjectID().string, hash, created.milliseconds, expires.milliseconds, beginning.string]
            ) { try TokenRecord($0) }
            guard let token else { throw FloydError(.unauthenticated, "the token was revoked") }
            try forget(siblingsOf: token, created, db)
            return token
        }
    }

    private func forget(siblingsOf token: TokenRecord, _ now: Date, _ db: Database) throws {
        let user = "(SELECT user FROM tokens WHERE id = ?)"
        let past = now.addingTimeInterval(-Self.memory).milliseconds
        try db.run(
            """
            DELETE FROM tokens WHERE session_of IS NOT NULL AND user = \(user)
            AND MIN(expires, COALESCE(revoked, expires)) <= ?
            """,
            [token.id.string, past]
        )
        try db.run(
            """
            DELETE FROM tokens WHERE session_of IS NOT NULL AND user = \(user) AND pk NOT IN (
                SELECT pk FROM tokens WHERE session_of IS NOT NULL AND user = \(user)
                ORDER BY revoked IS NOT NULL, pk DESC LIMIT \(Self.maximumSessions)
            )
            """,
            [token.id.string, token.id.string]
        )
    }
}
