public import FloydModel
public import FoundationEssentials
import GRDB

/// Files of a job that the database gave up and that are yet to be removed.
public struct JobLeftover: Sendable, Hashable {
    public enum Part: String, Sendable, Hashable, CaseIterable {
        /// Whatever there is of it.
        case job
        /// What it left in `/output`.
        case output
    }

    public var job: ObjectID
    /// How many attempts it has had.
    public var attempts: Int
    public var part: Part

    public init(job: ObjectID, attempts: Int, part: Part) {
        self.job = job
        self.attempts = attempts
        self.part = part
    }
}

/// How a job ended that was deleted.
public struct DeletedJobRecord: Sendable, Hashable {
    public var id: ObjectID
    public var outcome: JobOutcome?
    public var exitCode: Int?
    public var signal: Int?
    /// 0 if it was never claimed.
    public var attempt: Int
    public var started: Date?
    public var finished: Date?
    public var deleted: Date

    init(_ columns: Columns) throws {
        id = try columns.id("id")
        outcome = try columns.optionalWord("outcome")
        exitCode = try columns.value("exit_code")
        signal = try columns.value("signal")
        attempt = try columns.value("attempt")
        started = try columns.optionalDate("started")
        finished = try columns.optionalDate("finished")
        deleted = try columns.date("deleted")
    }
}

/// Deleting jobs, and what they left.
///
/// The transaction that says so also notes which files are to be removed, so that a crash at any point leaves either the job as it was, or the note.
/// It decides, too, between this and a job that is submitted at the same moment.
extension JobQueries {
    /// Deletes a job: it shows nowhere but in the jobs that used its output, and lets go of its code. Its number is never given again, and its
    /// end is the last that is told of it.
    ///
    /// - Parameter account: whoever deletes it, who is told the names of jobs that it may see.
    /// - Throws: `FloydError` with `jobNotFound` if there is no such job, `conflict` while it hasn't ended, or one that mounts its output
    ///   waits or runs. Then nothing has changed.
    public func delete(_ id: ObjectID, as account: Account, at now: Date) async throws {
        try await store.write { db in
            let job = try Self.deletable(id, account, db)
            try db.run(
                """
                UPDATE jobs SET code = NULL, command = '', environment = '', instance_type = '', message = NULL, reason = NULL,
                    deleted = ?, leftover = 'job'
                WHERE pk = ?
                """,
                [now.milliseconds, job.pk]
            )
            for table in ["job_inputs", "job_gpus", "attempts", "events"] {
                try db.run("DELETE FROM \(table) WHERE job = ?", [job.pk])
            }
            try Self.tell(.deleted, of: job, "deleted by \(account.name)", at: now, db)
        }
    }

    /// Deletes what a job left in `/output`, and nothing else of it.
    ///
    /// - Throws: as `delete` does; `gone` if it was deleted before.
    public func deleteOutput(of id: ObjectID, as account: Account, at now: Date) async throws {
        try await store.write { db in
            let job = try Self.deletable(id, account, db)
            try job.checkOutput()
            try db.run(
                "UPDATE jobs SET output_deleted = ?, leftover = 'output' WHERE pk = ?",
                [now.milliseconds, job.pk]
            )
            try Self.tell(.outputDeleted, of: job, "output deleted by \(account.name)", at: now, db)
        }
    }

    private static func tell(
        _ kind: JobEventKind,
        of job: JobRecord,
        _ reason: String,
        at now: Date,
        _ db: Database
    ) throws {
        try EventQueries.append(
            kind,
            job: job.pk,
            attempt: job.attempt,
            job.state,
            job.outcome,
            reason,
            at: now.milliseconds,
            db
        )
    }

    private static func deletable(_ id: ObjectID, _ account: Account, _ db: Database) throws -> JobRecord {
        guard let job = try Self.job(id, db) else { throw FloydError(.jobNotFound, "there is no job \(id)") }
        if let refusal = refusal(toDelete: job.name, job.state, attempt: job.attempt) { throw refusal }
        try LiveMounts(of: .output(job.pk), as: account, db).refuseDeletion(of: job.name.description)
        return job
    }

    /// Why a job in that state can't be deleted; nil where it can.
    static func refusal(toDelete name: NumberedName, _ state: JobState, attempt: Int) -> FloydError? {
        let standing: String
        switch state {
        case .finished: return nil
        case .queued: standing = attempt > 0 ? "waits to be tried again" : "waits in the queue"
        case .starting: standing = "is being started"
        case .running: standing = "runs"
        case .stopping:
            return FloydError(
                .conflict,
                "\(name) can't be deleted: it is being stopped",
                hint: "Wait for its end, or hurry it: floydlite stop \(name) --now."
            )
        }
        return FloydError(
            .conflict,
            "\(name) can't be deleted: it \(standing)",
            hint: "Stop it first: floydlite stop \(name)."
        )
    }

    // MARK: - What is left

    /// How a job ended that was deleted; nil for all others.
    public func deleted(_ id: ObjectID) async throws -> DeletedJobRecord? {
        try await store.read { db in
            try db.first("SELECT * FROM jobs WHERE id = ? AND deleted IS NOT NULL", [id.string]) {
                try DeletedJobRecord($0)
            }
        }
    }

    /// Which files are yet to be removed.
    public func leftovers(limit: Int) async throws -> [JobLeftover] {
        try await store.read { db in
            let sql = "SELECT id, attempt, leftover FROM jobs WHERE leftover IS NOT NULL LIMIT ?"
            return try db.all(sql, [limit]) {
                JobLeftover(
                    job: try $0.id("id"),
                    attempts: try $0.value("attempt"),
                    part: try $0.word("leftover")
                )
            }
        }
    }

    /// Forgets files that were removed. A job whose output they were, and all of which was deleted meanwhile, has others.
    public func forget(_ leftover: JobLeftover) async throws {
        _ = try await store.write { db in
            try db.run(
                "UPDATE jobs SET leftover = NULL WHERE id = ? AND leftover = ?",
                [leftover.job.string, leftover.part.rawValue]
            )
        }
    }
}
