public import FloydModel
import GRDB

/// Jobs: finding them. Submitting and moving them stands in extensions.
public struct JobQueries: Sendable {
    let store: Store

    public func get(_ id: ObjectID) async throws -> JobRecord? {
        try await store.read { try Self.job(id, $0) }
    }

    /// The same for a caller that may block.
    public func getBlocking(_ id: ObjectID) throws -> JobRecord? {
        try store.readBlocking { try Self.job(id, $0) }
    }

    /// The jobs that match, the newest first.
    ///
    /// - Parameter before: the last job of the page before.
    /// - Throws: `FloydError` with `invalidRequest` if `before` is no job.
    public func list(_ filter: JobFilter, before: ObjectID? = nil, limit: Int) async throws -> [JobRecord] {
        try await store.read { db in
            var (condition, arguments) = filter.condition
            // Within a project the numbers run like the keys, and have an index there.
            let order = filter.project == nil ? "pk" : "number"
            if let before {
                guard let position = try Self.position(order, of: before, in: filter, db) else {
                    throw FloydError(
                        .invalidRequest,
                        "there is no page behind \(before)",
                        hint: "Begin at the first page."
                    )
                }
                condition += " AND j.\(order) < ?"
                arguments += [position]
            }
            let sql = "\(JobRecord.select) WHERE \(condition) ORDER BY j.\(order) DESC LIMIT ?"
            return try Self.jobs(sql, arguments + [limit], db)
        }
    }

    /// Where a list goes on behind `job`; nil for one that was never in it, which may be another's.
    private static func position(
        _ order: String,
        of job: ObjectID,
        in filter: JobFilter,
        _ db: Database
    ) throws -> Int64? {
        var filter = filter
        // It may have moved on since.
        filter.states = nil
        let (condition, arguments) = filter.condition
        return try db.integer(
            """
            SELECT j.\(order) FROM jobs j JOIN projects p ON p.pk = j.project JOIN users u ON u.pk = j.owner
            WHERE j.id = ? AND \(condition)
            """,
            [job.string] + arguments
        )
    }

    /// The jobs that wait, in the order in which they were submitted.
    public func queue(limit: Int = .max) async throws -> [JobRecord] {
        try await store.read { db in
            try Self.jobs("\(JobRecord.select) WHERE j.state = 'queued' ORDER BY j.pk LIMIT ?", [limit], db)
        }
    }

    /// All that the dispatcher must know, at one moment.
    ///
    /// - Parameter limit: how many of the jobs that wait, where the active attempts hold this.
    public func outlook(limit: @escaping @Sendable (_ held: [HeldRecord]) -> Int) async throws -> QueueOutlook {
        try await store.read { db in
            let held = try Self.held(db)
            let limit = limit(held)
            let waiting = try Self.waiting(behind: 0, limit: limit, db)
            return QueueOutlook(
                held: held,
                waiting: waiting,
                isWhole: waiting.count < limit,
                isHolding: try db.integer(Self.anyHeldBack) != nil
            )
        }
    }

    /// What jobs that wait need, in the order in which they were submitted.
    ///
    /// - Parameter last: the last one of the part before.
    public func waiting(behind last: WaitingJobRecord? = nil, limit: Int = .max) async throws -> [WaitingJobRecord] {
        try await store.read { try Self.waiting(behind: last?.pk ?? 0, limit: limit, $0) }
    }

    /// Nothing begins for an account that is disabled.
    private static let anyHeldBack = """
        SELECT 1 FROM users u JOIN jobs j ON j.owner = u.pk WHERE u.disabled IS NOT NULL AND j.state = 'queued' LIMIT 1
        """

    private static func waiting(behind last: Int64, limit: Int, _ db: Database) throws -> [WaitingJobRecord] {
        let sql = """
            SELECT pk, id, attempt, retries_used, cpus, memory, gpus FROM jobs
            WHERE state = 'queued' AND pk > ?
                AND NOT EXISTS (SELECT 1 FROM users u WHERE u.pk = jobs.owner AND u.disabled IS NOT NULL)
            ORDER BY pk LIMIT ?
            """
        return try db.all(sql, [last, limit]) {
            WaitingJobRecord(
                pk: try $0.value("pk"),
                id: try $0.id("id"),
                attempt: try $0.value("attempt"),
                retriesUsed: try $0.value("retries_used"),
                resources: Resources(
                    cpus: try $0.value("cpus"),
                    memory: try $0.value("memory"),
                    gpus: try $0.value("gpus")
                )
            )
        }
    }

    /// What each active attempt holds.
    private static func held(_ db: Database) throws -> [HeldRecord] {
        let sql = """
            SELECT id, attempt, cpus, memory, j.gpus AS wanted,
                (SELECT group_concat(gpu) FROM job_gpus g WHERE g.job = j.pk AND g.attempt = j.attempt) AS held_gpus
            FROM jobs j WHERE state IN ('starting', 'running', 'stopping')
            """
        return try db.all(sql) { columns in
            let held: String? = try columns.value("held_gpus")
            return HeldRecord(
                job: try columns.id("id"),
                attempt: try columns.value("attempt"),
                resources: Resources(
                    cpus: try columns.value("cpus"),
                    memory: try columns.value("memory"),
                    gpus: try columns.value("wanted")
                ),
                gpus: held?.split(separator: ",").compactMap { Int($0) } ?? []
            )
        }
    }

    /// All attempts of each of these jobs, the first one first. Jobs that were never claimed are left out.
    public func attempts(of jobs: [JobRecord]) async throws -> [ObjectID: [AttemptRecord]] {
        let claimed = jobs.filter { $0.attempt > 0 }
        guard !claimed.isEmpty else { return [:] }
        let ids = Dictionary(claimed.map { ($0.pk, $0.id) }, uniquingKeysWith: { $1 })
        return try await store.read { db in
            let keys = "[\(ids.keys.map(String.init).joined(separator: ","))]"
            let rows = try db.all(AttemptRecord.select, [keys]) {
                (job: try $0.value("job") as Int64, attempt: try AttemptRecord($0))
            }
            var attempts: [ObjectID: [AttemptRecord]] = [:]
            for row in rows {
                if let id = ids[row.job] { attempts[id, default: []].append(row.attempt) }
            }
            return attempts
        }
    }

    /// The jobs of which an attempt holds resources, in the order in which they were submitted.
    public func active() async throws -> [JobRecord] {
        try await store.read { db in
            let sql = "\(JobRecord.select) WHERE j.state IN ('starting', 'running', 'stopping') ORDER BY j.pk"
            return try Self.jobs(sql, [], db)
        }
    }

    /// How many jobs wait that were submitted before this one.
    public func countWaiting(before job: ObjectID) async throws -> Int {
        try await store.read { db in
            let sql = "SELECT count(*) FROM jobs WHERE state = 'queued' AND pk < (SELECT pk FROM jobs WHERE id = ?)"
            return Int(try db.integer(sql, [job.string]) ?? 0)
        }
    }

    /// How many jobs are in each state; walks over indexes that have nothing else in them.
    public func counts() async throws -> [JobState: Int] {
        try await store.read { db in
            let rows = try db.all("SELECT state, count(*) AS number FROM jobs GROUP BY state") {
                (state: try $0.word("state") as JobState, number: try $0.value("number") as Int)
            }
            var counts = Dictionary(rows.map { ($0.state, $0.number) }, uniquingKeysWith: +)
            // Those that were deleted had ended.
            let deleted = Int(try db.integer("SELECT count(*) FROM jobs WHERE deleted IS NOT NULL") ?? 0)
            if deleted > 0 { counts[.finished, default: deleted] -= deleted }
            return counts
        }
    }

    /// What the active attempts hold.
    public func held() async throws -> [HeldRecord] {
        try await store.read { try Self.held($0) }
    }

    static func job(_ id: ObjectID, _ db: Database) throws -> JobRecord? {
        try jobs("\(JobRecord.select) WHERE j.id = ?", [id.string], db).first
    }

    /// The jobs of a statement that begins with `JobRecord.select`, with their inputs.
    static func jobs(_ sql: String, _ arguments: StatementArguments, _ db: Database) throws -> [JobRecord] {
        var hasInputs = false
        var jobs = try db.all(sql, arguments) {
            hasInputs = try $0.value("has_inputs") || hasInputs
            return try JobRecord($0)
        }
        guard hasInputs else { return jobs }
        let keys = "[\(jobs.map { String($0.pk) }.joined(separator: ","))]"
        let inputs = try db.all(JobInputRecord.select, [keys]) {
            (job: try $0.value("job") as Int64, input: try JobInputRecord($0))
        }
        let byJob = Dictionary(grouping: inputs, by: \.job)
        for index in jobs.indices { jobs[index].inputs = byJob[jobs[index].pk]?.map(\.input) ?? [] }
        return jobs
    }
}

/// Which jobs a list shows.
public struct JobFilter: Sendable {
    /// Of one project.
    public var project: ObjectID?
    /// Of one account.
    public var owner: ObjectID?
    /// In one of these states; nil: in any.
    public var states: Set<JobState>?
    /// That this account may see; nil: all.
    public var visibleTo: Account?

    public init(
        project: ObjectID? = nil,
        owner: ObjectID? = nil,
        states: Set<JobState>? = nil,
        visibleTo: Account? = nil
    ) {
        self.project = project
        self.owner = owner
        self.states = states
        self.visibleTo = visibleTo
    }

    fileprivate var condition: (String, StatementArguments) {
        var conditions = ["TRUE"]
        var arguments = StatementArguments()
        if let project {
            conditions.append("j.project = (SELECT pk FROM projects WHERE id = ?)")
            arguments += [project.string]
        }
        if let owner {
            conditions.append("j.owner = (SELECT pk FROM users WHERE id = ?)")
            arguments += [owner.string]
        }
        if let states {
            // In one order always, so that a set of states is one statement to the cache.
            let words = JobState.allCases.filter(states.contains).map { "'\($0.rawValue)'" }
            conditions.append("j.state IN (\(words.joined(separator: ", ")))")
        }
        if let visibleTo, visibleTo.role != .admin {
            conditions.append("(u.id = ? OR p.public)")
            arguments += [visibleTo.id.string]
        }
        return (conditions.joined(separator: " AND "), arguments)
    }
}

extension JobInputRecord {
    /// The inputs of the jobs whose keys stand in a JSON array.
    fileprivate static let select = """
        SELECT i.job, i.mount, i.named, v.id AS version_id, t.id AS tree_id, sj.id AS job_id,
            COALESCE(v.number, sj.number) AS number, COALESCE(d.name, sp.name) AS resource_name, u.name AS owner_name
        FROM job_inputs i
            LEFT JOIN dataset_versions v ON v.pk = i.version
            LEFT JOIN datasets d ON d.pk = v.dataset
            LEFT JOIN trees t ON t.pk = v.tree
            LEFT JOIN jobs sj ON sj.pk = i.source_job
            LEFT JOIN projects sp ON sp.pk = sj.project
            JOIN users u ON u.pk = COALESCE(v.owner, sj.owner)
        WHERE i.job IN (SELECT value FROM json_each(?)) ORDER BY i.job, i.position
        """

    fileprivate init(_ columns: Columns) throws {
        mount = try columns.value("mount")
        isNamed = try columns.value("named")
        let version = try columns.optionalID("version_id")
        if let version { source = .version(version) } else { source = .output(try columns.id("job_id")) }
        let resource = ResourceName(
            owner: try columns.name("owner_name"),
            collection: version == nil ? .projects : .datasets,
            name: try columns.name("resource_name")
        )
        name = NumberedName(resource, try columns.value("number"))
        tree = try columns.optionalID("tree_id")
    }
}
