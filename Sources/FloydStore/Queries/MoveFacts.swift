public import FoundationEssentials

/// What is known about a move besides that it happens.
public struct MoveFacts: Sendable, Hashable {
    /// When it happens.
    public var at: Date
    /// Why, for people.
    public var reason: String?
    /// Of a claim: the GPUs the attempt gets.
    public var gpus: [Int]
    /// Of an end: how the command ended.
    public var exitCode: Int?
    public var signal: Int?
    /// When the command started and ended, where that is known better than by the time of the move.
    public var started: Date?
    public var finished: Date?
    /// Of an end: how long the command ran, by a clock that doesn't jump.
    public var duration: Duration?
    /// Of the command's start: the same by a clock that doesn't jump.
    public var startedSinceBoot: BootInstant?
    /// Of a stop: seconds between SIGTERM and SIGKILL; nil: what the attempt was started with.
    public var stopGrace: Int?

    public init(
        at: Date,
        reason: String? = nil,
        gpus: [Int] = [],
        exitCode: Int? = nil,
        signal: Int? = nil,
        started: Date? = nil,
        finished: Date? = nil,
        duration: Duration? = nil,
        startedSinceBoot: BootInstant? = nil,
        stopGrace: Int? = nil
    ) {
        self.at = at
        self.reason = reason
        self.gpus = gpus
        self.exitCode = exitCode
        self.signal = signal
        self.started = started
        self.finished = finished
        self.duration = duration
        self.startedSinceBoot = startedSinceBoot
        self.stopGrace = stopGrace
    }
}

/// A moment as a machine counts from its start: of use for as long as it isn't started anew.
public struct BootInstant: Sendable, Hashable {
    /// Which start of the machine it is counted from.
    public var bootID: String
    public var nanoseconds: Int64

    public init(bootID: String, nanoseconds: Int64) {
        self.bootID = bootID
        self.nanoseconds = nanoseconds
    }
}
