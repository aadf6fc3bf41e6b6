public import FloydModel
public import FoundationEssentials
import GRDB

/// A request that is to be done once, however often it comes: by who sends it and the key that it carries.
public struct KeyedRequest: Sendable {
    public var account: ObjectID
    /// 1 to 255 characters.
    public var key: String
    /// SHA-256 of what the request says, 32 bytes. Asked for when it is written down, when all of it was read.
    public var fingerprint: @Sendable () -> Data
    public var now: Date

    public init(account: ObjectID, key: String, now: Date, fingerprint: @escaping @Sendable () -> Data) {
        self.account = account
        self.key = key
        self.now = now
        self.fingerprint = fingerprint
    }
}

/// A write for such a request: its answer is written down together with what it makes.
public struct KeyedWrite<Record: Sendable>: Sendable {
    public var request: KeyedRequest
    public var answer: @Sendable (Record) throws -> Data

    public init(_ request: KeyedRequest, answer: @escaping @Sendable (Record) throws -> Data) {
        self.request = request
        self.answer = answer
    }
}

/// Thrown by a write that was done before: what was answered then.
public struct AnsweredBefore: Error, Sendable, Hashable {
    public let answer: Data

    public init(_ answer: Data) {
        self.answer = answer
    }
}

/// Requests that were done once.
public struct RequestKeyQueries: Sendable {
    /// Seconds for which a key is known.
    public static let lifetime: TimeInterval = 86_400

    let store: Store

    /// What the same request was answered with.
    ///
    /// - Returns: nil if there was none, or another one with this key.
    public func answer(to request: KeyedRequest) async throws -> Data? {
        let fingerprint = request.fingerprint()
        return try await store.read { db in
            guard let row = try Self.row(of: request, db), row.fingerprint == fingerprint else { return nil }
            return row.answer
        }
    }

    /// Whether a request came with this key before, the same or another. Its fingerprint isn't asked for.
    public func isKnown(_ request: KeyedRequest) async throws -> Bool {
        try await store.read { db in try Self.row(of: request, db) != nil }
    }

    /// Throws where a request came with this key before.
    ///
    /// - Throws: `AnsweredBefore` if it was the same; `FloydError` with `idempotencyKeyReused` if it was another.
    public func check(_ request: KeyedRequest) async throws {
        let fingerprint = request.fingerprint()
        try await store.read { db in try Self.check(request, fingerprint, db) }
    }

    /// Forgets the request: what it made is undone.
    public func forget(_ request: KeyedRequest) async throws {
        _ = try await store.write { db in
            try db.run(
                "DELETE FROM request_keys WHERE key = ? AND user = (SELECT pk FROM users WHERE id = ?)",
                [request.key, request.account.string]
            )
        }
    }

    /// How many keys are too old to be known.
    public func expired(at now: Date) async throws -> Int {
        try await store.read { db in
            let sql = "SELECT count(*) FROM request_keys WHERE created <= ?"
            return Int(try db.integer(sql, [now.addingTimeInterval(-Self.lifetime).milliseconds]) ?? 0)
        }
    }

    /// Forgets up to `limit` of them, the oldest first.
    ///
    /// - Returns: how many.
    public func deleteExpired(at now: Date, limit: Int) async throws -> Int {
        try await store.write { db in
            let sql = """
                DELETE FROM request_keys WHERE (user, key) IN (
                    SELECT user, key FROM request_keys WHERE created <= ? ORDER BY created LIMIT ?
                )
                """
            return try db.run(sql, [now.addingTimeInterval(-Self.lifetime).milliseconds, limit])
        }
    }

    /// Does `body` unless the request was done before, and writes down what is answered.
    ///
    /// - Throws: `AnsweredBefore` if it was; `FloydError` with `idempotencyKeyReused` if another request came with its key.
    static func once<Record: Sendable>(
        _ write: KeyedWrite<Record>?,
        _ db: Database,
        _ body: () throws -> Record
    ) throws -> Record {
        guard let write else { return try body() }
        let request = write.request
        let fingerprint = request.fingerprint()
        try check(request, fingerprint, db)
        let record = try body()
        // In the place of one that is too old to be known.
        try db.run(
            """
            INSERT OR REPLACE INTO request_keys (user, key, fingerprint, answer, created)
            SELECT pk, ?, ?, ?, ? FROM users WHERE id = ?
            """,
            [request.key, fingerprint, write.answer(record), request.now.milliseconds, request.account.string]
        )
        return record
    }

    private static func check(_ request: KeyedRequest, _ fingerprint: Data, _ db: Database) throws {
        guard let row = try row(of: request, db) else { return }
        guard row.fingerprint == fingerprint else {
            throw FloydError(
                .idempotencyKeyReused,
                "this Idempotency-Key came with another request before",
                hint: "Make a new key for each new request; the same one only to repeat a request."
            )
        }
        throw AnsweredBefore(row.answer)
    }

    private static func row(of request: KeyedRequest, _ db: Database) throws -> (fingerprint: Data, answer: Data)? {
        try db.first(
            """
            SELECT fingerprint, answer FROM request_keys
            WHERE key = ? AND user = (SELECT pk FROM users WHERE id = ?) AND created > ?
            """,
            [
                request.key, request.account.string,
                request.now.addingTimeInterval(-Self.lifetime).milliseconds,
            ]
        ) { (try $0.value("fingerprint"), try $0.value("answer")) }
    }
}
