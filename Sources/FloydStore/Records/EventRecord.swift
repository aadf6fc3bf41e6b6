public import FloydModel
public import FoundationEssentials

/// One move of a job, as it was written together with the move.
public struct EventRecord: Sendable, Hashable {
    /// Grows with every event of any job, and is never used twice.
    public var id: Int64
    public var job: ObjectID
    public var attempt: Int
    /// Where the job stood after the move.
    public var state: JobState
    public var outcome: JobOutcome?
    public var reason: String?
    public var at: Date

    static let select = "SELECT e.*, j.id AS job_id FROM events e JOIN jobs j ON j.pk = e.job"

    init(_ columns: Columns) throws {
        id = try columns.value("id")
        job = try columns.id("job_id")
        attempt = try columns.value("attempt")
        state = try columns.word("state")
        outcome = try columns.optionalWord("outcome")
        reason = try columns.value("reason")
        at = try columns.date("at")
    }
}
