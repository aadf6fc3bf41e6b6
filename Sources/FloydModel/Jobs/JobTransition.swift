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
    /// How the attempt ended, if the move ends one. One that never came to a start ends without an outcome where the job goes on.
    public var attemptOutcome: JobOutcome?
    /// Whether the job is queued again at the price of a retry.
    public var usesRetry: Bool { state == .queued && attemptOutcome != nil }

    init(
        _ state: JobState,
        _ outcome: JobOutcome? = nil,
        startsAttempt: Bool = false,
        attemptOutcome: JobOutcome? = nil
    ) {
        self.state = state
        self.outcome = outcome
        self.startsAttempt = startsAttempt
        self.attemptOutcome = attemptOutcome ?? outcome
    }

    /// The move that `event` makes from `state`, or nil if there is none: late news, or a request that comes too late.
    ///
    /// - Parameter retriesLeft: whether the job may have another attempt if this one fails or is lost. One that was never launched
    ///   costs none, and nobody is tried again who was stopped, ran out of time or succeeded.
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
            retriesLeft ? JobTransition(.queued, attemptOutcome: .failed) : JobTransition(.finished, .failed)
        case (.starting, .exitRecord(let outcome)), (.running, .exitRecord(let outcome)),
            (.stopping, .exitRecord(let outcome)):
            JobTransition(.finished, outcome)
        case (.starting, .vanished), (.running, .vanished):
            retriesLeft ? JobTransition(.queued, attemptOutcome: .lost) : JobTransition(.finished, .lost)
        case (.stopping, .vanished), (.stopping, .neverLaunched), (.stopping, .cannotStart):
            JobTransition(.finished, .shutdown)
        default:
            nil
        }
    }
}
