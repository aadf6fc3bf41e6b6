public import FloydModel
import GRDB

/// What happened to jobs, in order.
public struct EventQueries: Sendable {
    let store: Store

    /// The events of all jobs behind `id`, the oldest first.
    public func after(_ id: Int64, limit: Int) async throws -> [EventRecord] {
        try await store.read { db in
            try db.all(EventRecord.select + " WHERE e.id > ? ORDER BY e.id LIMIT ?", [id, limit]) {
                try EventRecord($0)
            }
        }
    }

    /// The events behind `id` that an account may see, of one job or of all, the oldest first.
    public func after(
        _ id: Int64,
        of job: ObjectID?,
        visibleTo account: Account,
        limit: Int
    ) async throws -> [EventRecord] {
        try await store.read { db in
            var condition = " WHERE e.id > ?"
            var arguments: StatementArguments = [id]
            if let job {
                // By its key, which the events have an index for.
                condition += " AND e.job = (SELECT pk FROM jobs WHERE id = ?)"
                arguments += [job.string]
            }
            condition += " AND \(Visibility.condition("p"))"
            arguments += Visibility(account).arguments
            return try db.all(EventRecord.select + condition + " ORDER BY e.id LIMIT ?", arguments + [limit]) {
                try EventRecord($0)
            }
        }
    }

    /// The events of one job behind `id`, the oldest first.
    public func of(_ job: ObjectID, after id: Int64 = 0) async throws -> [EventRecord] {
        try await store.read { db in
            try db.all(
                EventRecord.select + " WHERE e.job = (SELECT pk FROM jobs WHERE id = ?) AND e.id > ? ORDER BY e.id",
                [job.string, id]
            ) {
                try EventRecord($0)
            }
        }
    }

    /// The id of the newest event, 0 if there was none.
    public func latest() async throws -> Int64 {
        try await store.read { try $0.integer("SELECT MAX(id) FROM events") ?? 0 }
    }

    /// Writes an event, in the transaction of what it tells of.
    static func append(
        _ kind: JobEventKind = .move,
        job pk: Int64,
        attempt: Int,
        _ state: JobState,
        _ outcome: JobOutcome?,
        _ reason: String?,
        at milliseconds: Int64,
        _ db: Database
    ) throws {
        try db.run(
            "INSERT INTO events (job, kind, attempt, state, outcome, reason, at) VALUES (?, ?, ?, ?, ?, ?, ?)",
            [pk, kind.rawValue, attempt, state.rawValue, outcome?.rawValue, reason, milliseconds]
        )
    }
}
