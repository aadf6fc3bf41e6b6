public import FloydModel
import GRDB

/// A job to claim, with the GPUs that it gets.
public struct JobClaim: Sendable, Hashable {
    public var job: ObjectID
    /// The attempt that the caller read; the claim begins the one after it.
    public var attempt: Int
    public var gpus: [Int]

    public init(job: ObjectID, attempt: Int, gpus: [Int]) {
        self.job = job
        self.attempt = attempt
        self.gpus = gpus
    }
}

extension JobQueries {
    /// Moves a job as `JobTransition` says, with its event and its attempt's row, in one transaction; or changes nothing if it is no
    /// longer at the attempt and in one of the states that the caller knew, or if no such move is legal.
    ///
    /// A claim begins the next attempt and stores its GPUs. A job that goes back into the queue keeps its place in it and forgets the
    /// times of the attempt that ended, which stand in the attempt's row.
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
            guard let moved = try Self.move(job, attempt: attempt, from: states, on: event, facts, db) else {
                return nil
            }
            return try Self.jobs("\(JobRecord.select) WHERE j.pk = ?", [moved.pk], db).first
        }
    }

    /// `move` of a job that was read before: what a move doesn't change is not read again.
    public func move(
        _ job: JobRecord,
        from states: Set<JobState>,
        on event: JobEvent,
        _ facts: MoveFacts
    ) async throws -> JobRecord? {
        try await store.write { db in
            try Self.move(job.id, attempt: job.attempt, from: states, on: event, facts, db)
                .map { job.after($0, facts) }
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

    /// Claims several jobs in one transaction. One that is no longer queued at the attempt that was read is left out.
    ///
    /// - Returns: the claimed jobs, in the order given.
    public func claim(_ claims: [JobClaim], _ facts: MoveFacts) async throws -> [JobRecord] {
        try await store.write { db in
            var claimed: [JobRecord] = []
            for claim in claims {
                var facts = facts
                facts.gpus = claim.gpus
                let moved = try Self.move(claim.job, attempt: claim.attempt, from: [.queued], on: .claim, facts, db)
                guard let moved else { continue }
                claimed += try Self.jobs("\(JobRecord.select) WHERE j.pk = ?", [moved.pk], db)
            }
            return claimed
        }
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

    /// Shortens the grace period of a job that was told to stop before.
    ///
    /// - Returns: whether the job still was at this attempt and stopping.
    public func setStopGrace(_ grace: Int, _ job: ObjectID, attempt: Int) async throws -> Bool {
        try await store.write { db in
            try db.run(
                """
                UPDATE jobs SET stop_grace = MIN(COALESCE(stop_grace, ?1), ?1)
                WHERE id = ?2 AND attempt = ?3 AND state = 'stopping'
                """,
                [grace, job.string, attempt]
            ) == 1
        }
    }

    /// The state of a job, and its attempt.
    public func standing(of job: ObjectID) async throws -> (state: JobState, attempt: Int)? {
        try await store.read { try Self.standing(of: job, $0) }
    }

    /// The same for a caller that may block.
    public func standingBlocking(of job: ObjectID) throws -> (state: JobState, attempt: Int)? {
        try store.readBlocking { try Self.standing(of: job, $0) }
    }

    private static func standing(of job: ObjectID, _ db: Database) throws -> (state: JobState, attempt: Int)? {
        try db.first("SELECT state, attempt FROM jobs WHERE id = ?", [job.string]) {
            (state: try $0.word("state") as JobState, attempt: try $0.value("attempt") as Int)
        }
    }

    private static func move(
        _ job: ObjectID,
        attempt: Int,
        from states: Set<JobState>,
        on event: JobEvent,
        _ facts: MoveFacts,
        _ db: Database
    ) throws -> MovedRow? {
        guard let present = try JobStanding.of(job, db), present.attempt == attempt, states.contains(present.state),
            let transition = JobTransition.from(
                present.state,
                on: event,
                retriesLeft: present.retriesUsed < present.retries
            )
        else { return nil }
        let row = present.row(after: transition, facts)
        try row.write(db)
        for gpu in facts.gpus where transition.startsAttempt {
            try db.run("INSERT INTO job_gpus (job, attempt, gpu) VALUES (?, ?, ?)", [row.pk, row.attempt, gpu])
        }
        try AttemptRow.follow(present, row, transition, facts, db)
        try EventQueries.append(
            job: row.pk,
            attempt: row.attempt,
            row.state,
            row.outcome,
            row.reason,
            at: facts.at.milliseconds,
            db
        )
        return row
    }
}

extension JobRecord {
    /// The job after a move, as reading it again would give it.
    fileprivate func after(_ row: MovedRow, _ facts: MoveFacts) -> JobRecord {
        var job = self
        job.state = row.state
        job.outcome = row.outcome
        if row.attempt != attempt { job.gpus = facts.gpus.sorted() }
        job.attempt = row.attempt
        job.reason = row.reason
        job.claimed = row.claimed.map { .init(milliseconds: $0) }
        job.started = row.started.map { .init(milliseconds: $0) }
        job.finished = row.finished.map { .init(milliseconds: $0) }
        job.exitCode = row.exitCode
        job.signal = row.signal
        job.retriesUsed = row.retriesUsed
        job.stopGrace = row.stopGrace
        return job
    }
}
