import FloydModel
import FoundationEssentials
import GRDB

/// Where a job stands: the columns that a move reads.
struct JobStanding {
    var pk: Int64
    var state: JobState
    var attempt: Int
    var retries: Int
    var retriesUsed: Int
    var claimed: Int64?
    var started: Int64?
    var reason: String?
    var stopGrace: Int?

    static func of(_ job: ObjectID, _ db: Database) throws -> JobStanding? {
        let sql = """
            SELECT pk, state, attempt, retries, retries_used, claimed, started, reason, stop_grace FROM jobs WHERE id = ?
            """
        return try db.first(sql, [job.string]) { try JobStanding($0) }
    }

    private init(_ columns: Columns) throws {
        pk = try columns.value("pk")
        state = try columns.word("state")
        attempt = try columns.value("attempt")
        retries = try columns.value("retries")
        retriesUsed = try columns.value("retries_used")
        claimed = try columns.value("claimed")
        started = try columns.value("started")
        reason = try columns.value("reason")
        stopGrace = try columns.value("stop_grace")
    }

    func row(after transition: JobTransition, _ facts: MoveFacts) -> MovedRow {
        var row = MovedRow(
            pk: pk,
            state: transition.state,
            outcome: transition.outcome,
            attempt: attempt,
            retriesUsed: retriesUsed + (transition.usesRetry ? 1 : 0),
            reason: facts.reason
        )
        switch transition.state {
        case .queued:
            break
        case .starting:
            row.attempt += transition.startsAttempt ? 1 : 0
            row.claimed = facts.at.milliseconds
        case .running:
            row.claimed = claimed
            row.started = (facts.started ?? facts.at).milliseconds
        case .stopping:
            row.claimed = claimed
            row.started = started
            row.stopGrace = facts.stopGrace
        case .finished:
            row.claimed = claimed
            row.started = facts.started?.milliseconds ?? started
            row.finished = (facts.finished ?? facts.at).milliseconds
            row.exitCode = facts.exitCode
            row.signal = facts.signal
            row.stopGrace = stopGrace
            // Who stopped it was said when it was told to.
            if transition.outcome == .shutdown { row.reason = facts.reason ?? reason }
        }
        return row
    }
}

/// What a move writes into the job's row.
struct MovedRow {
    var pk: Int64
    var state: JobState
    var outcome: JobOutcome?
    var attempt: Int
    var retriesUsed: Int
    var reason: String?
    var claimed: Int64?
    var started: Int64?
    var finished: Int64?
    var exitCode: Int?
    var signal: Int?
    var stopGrace: Int?

    /// Within the transaction that read where the job stands, so nobody has come between.
    func write(_ db: Database) throws {
        try db.run(
            """
            UPDATE jobs SET state = ?, outcome = ?, attempt = ?, retries_used = ?, reason = ?, claimed = ?, started = ?,
                finished = ?, exit_code = ?, signal = ?, stop_grace = ?
            WHERE pk = ?
            """,
            [
                state.rawValue, outcome?.rawValue, attempt, retriesUsed, reason, claimed, started, finished, exitCode,
                signal, stopGrace, pk,
            ]
        )
    }
}

/// The row of an attempt, as the moves of its job write it.
enum AttemptRow {
    static func follow(
        _ present: JobStanding,
        _ row: MovedRow,
        _ transition: JobTransition,
        _ facts: MoveFacts,
        _ db: Database
    ) throws {
        if transition.startsAttempt {
            try db.run(
                "INSERT INTO attempts (job, number, claimed, reason) VALUES (?, ?, ?, ?)",
                [row.pk, row.attempt, row.claimed, row.reason]
            )
        } else if row.state == .running {
            try db.run(
                "UPDATE attempts SET started = ?, reason = ?, boot_id = ?, boot_ns = ? WHERE job = ? AND number = ?",
                [
                    row.started, row.reason, facts.startedSinceBoot?.bootID, facts.startedSinceBoot?.nanoseconds,
                    row.pk,
                    row.attempt,
                ]
            )
        } else if !row.state.isActive, present.state.isActive {
            try end(present, row, transition, facts, db)
        }
    }

    private static func end(
        _ present: JobStanding,
        _ row: MovedRow,
        _ transition: JobTransition,
        _ facts: MoveFacts,
        _ db: Database
    ) throws {
        try db.run(
            """
            UPDATE attempts SET outcome = ?, exit_code = ?, signal = ?, reason = ?, started = ?, finished = ?, duration_ms = ?
            WHERE job = ? AND number = ?
            """,
            [
                transition.attemptOutcome?.rawValue, facts.exitCode, facts.signal, row.reason,
                facts.started?.milliseconds ?? present.started, (facts.finished ?? facts.at).milliseconds,
                facts.duration?.milliseconds, row.pk, present.attempt,
            ]
        )
    }
}

extension Duration {
    /// Whole milliseconds; never negative.
    fileprivate var milliseconds: Int64 {
        max(0, components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000)
    }
}
