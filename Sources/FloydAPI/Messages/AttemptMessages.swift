public import FloydModel
public import FoundationEssentials

/// One execution of a job.
public struct AttemptResponse: Sendable, Hashable, Codable {
    /// From 1; it grows with every claim.
    public var number: Int
    /// How it ended; nil: it hasn't, or it never came to a start.
    public var outcome: JobOutcome?
    /// The command's exit code; 128 + n for a signal n.
    public var exitCode: Int?
    public var signal: Int?
    /// Why it ended, for people.
    public var reason: String?
    /// When it was taken from the queue.
    public var claimed: Date
    /// When its command started.
    public var started: Date?
    public var finished: Date?
    /// Seconds that the command ran or has run, on a clock that doesn't jump; never negative.
    public var duration: Double?
    /// The GPUs it got.
    public var gpus: [Int]

    public init(
        number: Int,
        outcome: JobOutcome? = nil,
        exitCode: Int? = nil,
        signal: Int? = nil,
        reason: String? = nil,
        claimed: Date,
        started: Date? = nil,
        finished: Date? = nil,
        duration: Double? = nil,
        gpus: [Int] = []
    ) {
        self.number = number
        self.outcome = outcome
        self.exitCode = exitCode
        self.signal = signal
        self.reason = reason
        self.claimed = claimed
        self.started = started
        self.finished = finished
        self.duration = duration
        self.gpus = gpus
    }

    enum CodingKeys: String, CodingKey {
        case number, outcome, signal, reason, claimed, started, finished, duration, gpus
        case exitCode = "exit_code"
    }
}

/// What a job may use. A limit that is nil isn't set.
public struct LimitsResponse: Sendable, Hashable, Codable {
    /// Bytes of memory, all processes together.
    public var memory: Int64?
    /// Processes and threads at a time.
    public var processes: Int?
    /// Open files of one process.
    public var openFiles: Int?
    /// Bytes of its code folder, `/output` and `/tmp` together.
    public var disk: Int64?
    /// Who holds memory and processes to that: `cgroup2`, `cgroup1`, or `watch` (resource limits, and a look at all processes
    /// several times a second).
    public var enforcement: String

    public init(memory: Int64?, processes: Int?, openFiles: Int?, disk: Int64?, enforcement: String) {
        self.memory = memory
        self.processes = processes
        self.openFiles = openFiles
        self.disk = disk
        self.enforcement = enforcement
    }

    enum CodingKeys: String, CodingKey {
        case memory, processes, disk, enforcement
        case openFiles = "open_files"
    }
}

/// A move of a job, or its deletion: an item of `GET /api/v1/events`, and the data of a `move` event in `GET /api/v1/events/stream`.
public struct EventResponse: Sendable, Hashable, Codable {
    /// Grows with every move of any job; the stream's event `id`.
    public var id: Int64
    public var job: ObjectID
    /// The job's full name.
    public var name: String
    /// nil from a server that tells of moves alone.
    public var kind: JobEventKind?
    public var attempt: Int
    /// Where the job stood after the move.
    public var state: JobState
    public var outcome: JobOutcome?
    public var reason: String?
    public var at: Date

    public init(
        id: Int64,
        job: ObjectID,
        name: String,
        kind: JobEventKind? = .move,
        attempt: Int,
        state: JobState,
        outcome: JobOutcome?,
        reason: String?,
        at: Date
    ) {
        self.kind = kind
        self.id = id
        self.job = job
        self.name = name
        self.attempt = attempt
        self.state = state
        self.outcome = outcome
        self.reason = reason
        self.at = at
    }

    enum CodingKeys: String, CodingKey {
        case id, job, name, kind, attempt, state, outcome, reason, at
    }
}
