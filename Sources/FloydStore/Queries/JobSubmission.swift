import FloydModel
import GRDB

extension JobQueries {
    /// Puts a job at the end of the queue: its project if it is the first, its number, its row, its inputs and its first event in
    /// one transaction. When this returns, the job is on disk.
    ///
    /// - Throws: `FloydError` with `notFound` for an owner or code there isn't, `conflict` for code that isn't committed,
    ///   `datasetNotFound`, `jobNotFound` or `gone` for an input, `invalidRequest` if two inputs have one mount. Then nothing has changed, and
    ///   no number is used up. `AnsweredBefore` if the request was done already.
    public func submit(_ job: NewJob, once: KeyedWrite<JobRecord>? = nil) async throws -> JobRecord {
        var mounts: Set<String> = []
        for input in job.inputs where !mounts.insert(input.mount).inserted {
            throw FloydError(
                .invalidRequest,
                "two sources are mounted at \(input.mount)",
                hint: "Give one of them another mount: SOURCE:MOUNT."
            )
        }
        return try await store.write { db in
            try RequestKeyQueries.once(once, db) { try Self.submit(job, db) }
        }
    }

    private static func submit(_ job: NewJob, _ db: Database) throws -> JobRecord {
        let code = try TreeQueries.of(job.code, job.owner, db)
        let project = try ResourceQueries.createOrGet(.projects, job.project, job.owner, job.created, db)
        guard let pk = try Self.insert(job, code, project, db) else {
            throw FloydError(.internalError, "the project or the code of job \(job.id) vanished")
        }
        for (position, input) in job.inputs.enumerated() { try Self.insert(input, position, of: pk, db) }
        try EventQueries.append(job: pk, attempt: 0, .queued, nil, nil, at: job.created.milliseconds, db)
        guard let made = try Self.job(job.id, db) else {
            throw FloydError(.internalError, "job \(job.id) vanished while it was submitted")
        }
        return made
    }

    private static func insert(_ job: NewJob, _ code: TreeRecord, _ project: ResourceRecord, _ db: Database) throws
        -> Int64?
    {
        try db.integer(
            """
            INSERT INTO jobs (id, project, owner, number, code, command, environment, instance_type, cpus, memory, gpus,
                message, max_runtime, retries, state, attempt, created)
            SELECT ?, p.pk, p.owner, ?, t.pk, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'queued', 0, ?
            FROM projects p JOIN trees t ON t.owner = p.owner WHERE p.pk = ? AND t.id = ? RETURNING pk
            """,
            [
                job.id.string, ResourceQueries.takeNumber(project, db), job.command, job.environment, job.instanceType,
                job.resources.cpus, job.resources.memory, job.resources.gpus, job.message, job.maxRuntime, job.retries,
                job.created.milliseconds, project.pk, code.id.string,
            ]
        )
    }

    private static func insert(_ input: NewJob.Input, _ position: Int, of job: Int64, _ db: Database) throws {
        let (column, table, condition, id) =
            switch input.source {
            case .version(let id): ("version", "dataset_versions", "deleted IS NULL", id)
            case .output(let id): ("source_job", "jobs", "deleted IS NULL AND output_deleted IS NULL", id)
            }
        let inserted = try db.run(
            """
            INSERT INTO job_inputs (job, position, mount, named, \(column))
            SELECT ?, ?, ?, ?, pk FROM \(table) WHERE id = ? AND \(condition)
            """,
            [job, position, input.mount, input.isNamed, id.string]
        )
        guard inserted != 1 else { return }
        switch input.source {
        case .version: throw FloydError(.datasetNotFound, "there is no dataset version \(id)")
        case .output:
            try Self.job(id, db)?.checkOutput()
            throw FloydError(.jobNotFound, "there is no job \(id)")
        }
    }
}
