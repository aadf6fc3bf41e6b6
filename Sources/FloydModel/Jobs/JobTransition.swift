/// Something that happens to a job.
public enum JobEvent: Sendable, Hashable {
    /// The dispatcher takes it from the queue.
    case claim
    /// The worker is up and the command started.
    case commandStarted
    /// A person stops it.
    case stop
    /// The attempt can't be started at all.
    case cannotStart
    /// Reconcile: the attempt was never launched, and is fenced so that it never will be.
    case neverLaunched
    /// The exit record was read; the outcome is the record's.
    case exitRecord(JobOutcome)
    /// Reconcile: no process and no record.
    case vanished
}

/// A legal move of a job.
public struct JobTransition: Sendable, Hashable {
    public var state: JobState
    /// Set exactly when `state` is `finished`.
    public var outcome: JobOutcome?
    /// Whether the move begins a new attempt.
    public var startsAttempt: Bool

    init(_ state: JobState, _ outcome: JobOutcome? = nil, startsAttempt: Bool = false) {
        self.state = state
        self.outcome = outcome
        self.startsAttempt = startsAttempt
    }

    /// The move that `event` makes from `state`, or nil if there is none: late news, or a request that comes too late.
    ///
    /// - Parameter retriesLeft: whether the job may have another attempt if this one fails or is lost.
    public static func from(_ state: JobState, on event: JobEvent, retriesLeft: Bool) -> JobTransition? {
        switch (state, event) {
        case (.queued, .claim):
            JobTransition(.starting, startsAttempt: true)
        case (.queued, .stop):
            JobTransition(.finished, .shutdown)
        case (.starting, .commandStarted):
            JobTransition(.running)
        case (.starting, .cannotStart):
            JobTransition(.finished, .failed)
        case (.starting, .neverLaunched):
            JobTransition(.queued)
        case (.starting, .stop), (.running, .stop):
            JobTransition(.stopping)
        case (.starting, .exitRecord(.failed)), (.running, .exitRecord(.failed)):
            retriesLeft ? JobTransition(.queued) : JobTransition(.finished, .failed)
        case (.starting, .exitRecord(let outcome)), (.running, .exitRecord(let outcome)),
            (.stopping, .exitRecord(let outcome)):
            JobTransition(.finished, outcome)
        case (.starting, .vanished), (.running, .vanished):
            retriesLeft ? JobTransition(.queued) : JobTransition(.finished, .lost)
        case (.stopping, .vanished), (.stopping, .neverLaunched), (.stopping, .cannotStart):
            JobTransition(.finished, .shutdown)
        default:
            nil
        }
    }
}
