/// What may still happen to a job.
public enum JobState: String, Sendable, Hashable, Codable, CaseIterable {
    /// Waits for its resources.
    case queued
    /// Claimed; its worker is being started, or its environment built.
    case starting
    /// Its command runs.
    case running
    /// Was told to stop and hasn't ended yet.
    case stopping
    /// Ended; its outcome says why.
    case finished

    /// Whether an attempt holds resources in this state.
    public var isActive: Bool {
        switch self {
        case .starting, .running, .stopping: true
        case .queued, .finished: false
        }
    }
}

/// Why a job ended.
public enum JobOutcome: String, Sendable, Hashable, Codable, CaseIterable {
    /// Its command exited with 0.
    case success
    /// Its command exited otherwise, or could not be started.
    case failed
    /// It ran into its time limit.
    case timeout
    /// Somebody stopped it.
    case shutdown
    /// Its worker vanished without a record.
    case lost
}

/// What an event tells of a job.
public enum JobEventKind: String, Sendable, Hashable, Codable, CaseIterable {
    /// It moved from one state to another.
    case move
    /// What it left was deleted.
    case outputDeleted = "output_deleted"
    /// All of it was.
    case deleted
}
