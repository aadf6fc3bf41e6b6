public import FloydModel
public import FoundationEssentials

/// One execution of a job, as it stands.
public struct AttemptRecord: Sendable, Hashable {
    /// From 1.
    public var number: Int
    /// How it ended; nil: it hasn't, or it never came to a start.
    public var outcome: JobOutcome?
    public var exitCode: Int?
    public var signal: Int?
    /// Why it ended, for people.
    public var reason: String?
    public var claimed: Date
    public var started: Date?
    public var finished: Date?
    /// How long its command ran, by a clock that doesn't jump; nil while it runs, and where nobody knows.
    public var duration: Duration?
    /// When its command started, by a clock that doesn't jump.
    public var startedSinceBoot: BootInstant?
    /// The GPUs that it got.
    public var gpus: [Int]

    /// Of the jobs whose keys stand in a JSON array.
    static let select = """
        SELECT a.*,
            (SELECT group_concat(gpu) FROM (SELECT gpu FROM job_gpus WHERE job = a.job AND attempt = a.number ORDER BY gpu))
                AS held_gpus
        FROM attempts a WHERE a.job IN (SELECT value FROM json_each(?)) ORDER BY a.job, a.number
        """

    init(_ columns: Columns) throws {
        number = try columns.value("number")
        outcome = try columns.optionalWord("outcome")
        exitCode = try columns.value("exit_code")
        signal = try columns.value("signal")
        reason = try columns.value("reason")
        claimed = try columns.date("claimed")
        started = try columns.optionalDate("started")
        finished = try columns.optionalDate("finished")
        let milliseconds: Int64? = try columns.value("duration_ms")
        duration = milliseconds.map { .milliseconds($0) }
        let bootID: String? = try columns.value("boot_id")
        let nanoseconds: Int64? = try columns.value("boot_ns")
        if let bootID, let nanoseconds { startedSinceBoot = BootInstant(bootID: bootID, nanoseconds: nanoseconds) }
        let held: String? = try columns.value("held_gpus")
        gpus = held?.split(separator: ",").compactMap { Int($0) } ?? []
    }
}
