public import FloydModel
public import FoundationEssentials
import GRDB

/// What is known about a move besides that it happens.
public struct MoveFacts: Sendable, Hashable {
    /// When it happens.
    public var at: Date
    /// Why, for people.
    public var reason: String?
    /// Of a claim: the GPUs the attempt gets.
    public var gpus: [Int]
    /// Of an end: how the command ended.
    public var exitCode: Int?
    public var signal: Int?
    /// When the command started and ended, where that is known better than by the time of the move.
    public var started: Date?
    public var finished: Date?

    public init(
        at: Date,
        reason: String? = nil,
        gpus: [Int] = [],
        exitCode: Int? = nil,
        signal: Int? = nil,
        started: Date? = nil,
        finished: Date? = nil
    ) {
        self.at = at
        self.reason = reason
        self.gpus = gpus
        self.exitCode = exitCode
        self.signal = signal
        self.started = started
        self.finished = finished
    }
}

extension JobQueries {
    /// Moves a job as `JobTransition` says, with its event, in one transaction; or changes nothing if it is no longer at the attempt
    /// and in one of the states that the caller knew, or if no such move is legal.
    ///
    /// A claim begins the next attempt and stores its GPUs. A job that goes back into the queue keeps its place in it and forgets the
    /// times of the attempt that ended.
    ///
    /// - Parameters:
    ///   - attempt: the attempt that the caller read or speaks for.
    ///   - states: the states in which the news is still news; what it leads to follows from the one that the job is in.
    /// - Returns: the job after the move, or nil if nothing changed.
    public func move(
        _ job: ObjectID,
        attempt: Int,
        from states: Set<JobState>,
        on event: JobEvent,
        _ facts: MoveFacts
    ) async throws -> JobRecord? {
        try await store.write { db in
            guard let present = try Present(job, db), present.attempt == attempt, states.contains(present.state),
                let transition = JobTransition.from(present.state, on: event, retriesLeft: attempt <= present.retries)
            else { return nil }
            let row = present.row(after: transition, facts)
            guard let pk = try row.write(over: present, job, db) else { return nil }
            for gpu in facts.gpus where transition.startsAttempt {
                try db.run("INSERT INTO job_gpus (job, attempt, gpu) VALUES (?, ?, ?)", [pk, row.attempt, gpu])
            }
            try EventQueries.append(job: pk, at: facts.at.milliseconds, db)
            return try Self.job(job, db)
        }
    }

    /// `move` from one state.
    public func move(
        _ job: ObjectID,
        attempt: Int,
        from state: JobState,
        on event: JobEvent,
        _ facts: MoveFacts
    ) async throws -> JobRecord? {
        try await move(job, attempt: attempt, from: [state], on: event, facts)
    }

    /// Says why a job is in its state, "builds the environment keras" for example. No move, so no event.
    ///
    /// - Returns: whether the job still was at this attempt and in this state.
    public func setReason(_ reason: String?, _ job: ObjectID, attempt: Int, while state: JobState) async throws -> Bool
    {
        try await store.write { db in
            try db.run(
                "UPDATE jobs SET reason = ? WHERE id = ? AND attempt = ? AND state = ?",
                [reason, job.string, attempt, state.rawValue]
            ) == 1
        }
    }
}

/// Where a job stands: the columns that a move reads.
private struct Present {
    var state: JobState
    var attempt: Int
    var retries: Int
    var claimed: Int64?
    var started: Int64?
    var reason: String?

    init?(_ job: ObjectID, _ db: Database) throws {
        let sql = "SELECT state, attempt, retries, claimed, started, reason FROM jobs WHERE id = ?"
        guard let present = try db.first(sql, [job.string], { try Present($0) }) else { return nil }
        self = present
    }

    private init(_ columns: Columns) throws {
        state = try columns.word("state")
        attempt = try columns.value("attempt")
        retries = try columns.value("retries")
        claimed = try columns.value("claimed")
        started = try columns.value("started")
        reason = try columns.value("reason")
    }

    func row(after transition: JobTransition, _ facts: MoveFacts) -> MovedRow {
        var row = MovedRow(state: transition.state, outcome: transition.outcome, attempt: attempt, reason: facts.reason)
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
        case .finished:
            row.claimed = claimed
            row.started = facts.started?.milliseconds ?? started
            row.finished = (facts.finished ?? facts.at).milliseconds
            row.exitCode = facts.exitCode
            row.signal = facts.signal
            // Who stopped it was said when it was told to.
            if transition.outcome == .shutdown { row.reason = facts.reason ?? reason }
        }
        return row
    }
}

/// What a move writes.
private struct MovedRow {
    var state: JobState
    var outcome: JobOutcome?
    var attempt: Int
    var reason: String?
    var claimed: Int64?
    var started: Int64?
    var finished: Int64?
    var exitCode: Int?
    var signal: Int?

    /// - Returns: the job's key, or nil if the job is no longer what was read.
    func write(over present: Present, _ job: ObjectID, _ db: Database) throws -> Int64? {
        try db.integer(
            """
            UPDATE jobs SET state = ?, outcome = ?, attempt = ?, reason = ?, claimed = ?, started = ?, finished = ?,
                exit_code = ?, signal = ?
            WHERE id = ? AND attempt = ? AND state = ? RETURNING pk
            """,
            [
                state.rawValue, outcome?.rawValue, attempt, reason, claimed, started, finished, exitCode, signal,
                job.string, present.attempt, present.state.rawValue,
            ]
        )
    }
}
