public import FloydModel
public import FoundationEssentials

/// One move of a job, or another thing that happened to it, as it was written together with that.
public struct EventRecord: Sendable, Hashable {
    /// Grows with every event of any job, and is never used twice.
    public var id: Int64
    public var job: ObjectID
    /// The job's full name.
    public var name: NumberedName
    public var kind: JobEventKind
    public var attempt: Int
    /// Where the job stood after the move.
    public var state: JobState
    public var outcome: JobOutcome?
    public var reason: String?
    public var at: Date

    static let select = """
        SELECT e.*, j.id AS job_id, j.number, p.name AS project_name, u.name AS owner_name
        FROM events e JOIN jobs j ON j.pk = e.job JOIN projects p ON p.pk = j.project JOIN users u ON u.pk = j.owner
        """

    init(_ columns: Columns) throws {
        id = try columns.value("id")
        job = try columns.id("job_id")
        let project = ResourceName(
            owner: try columns.name("owner_name"),
            collection: .projects,
            name: try columns.name("project_name")
        )
        name = NumberedName(project, try columns.value("number"))
        kind = try columns.word("kind")
        attempt = try columns.value("attempt")
        state = try columns.word("state")
        outcome = try columns.optionalWord("outcome")
        reason = try columns.value("reason")
        at = try columns.date("at")
    }
}
