/// How an attempt ended: the file `exit.json`. Its presence means that nothing of the attempt runs any more and that its log is whole.
public struct ExitRecord: Sendable, Hashable {
    public enum Outcome: String, Sendable, Hashable, CaseIterable {
        /// The command exited with 0.
        case success
        /// It exited otherwise, or could not be started.
        case failed
        /// It ran into its time limit.
        case timeout
        /// It was stopped.
        case shutdown
    }

    /// How the command ended (wait(2)).
    public enum Termination: Sendable, Hashable {
        case exited(code: Int32)
        case signalled(Int32)
    }

    /// What the command and all that it waited for used (getrusage(2)).
    public struct Usage: Sendable, Hashable {
        /// Nanoseconds of processor time in user mode and in the kernel.
        public var userTime: Int64
        public var systemTime: Int64
        /// The most bytes of memory that one of the processes held at a time.
        public var maximumMemory: Int64

        public init(userTime: Int64, systemTime: Int64, maximumMemory: Int64) {
            self.userTime = userTime
            self.systemTime = systemTime
            self.maximumMemory = maximumMemory
        }
    }

    /// A limit that ended the job.
    public enum Limit: String, Sendable, Hashable, CaseIterable {
        case memory, processes, disk, time
    }

    public var outcome: Outcome
    /// Nil if the command was never started.
    public var termination: Termination?
    /// Why, in words for people; nil where the outcome says it all.
    public var reason: String?
    /// The limit that ended it, if one did.
    public var limit: Limit?
    /// When the command started, if it did.
    public var started: WallTime?
    public var finished: WallTime
    /// Nanoseconds that the command ran, on a clock that doesn't jump.
    public var duration: Int64
    public var usage: Usage?
    /// Bytes of the file `log`.
    public var logLength: Int64
    /// Bytes of output that could not be written to the log; 0 as a rule.
    public var lostOutput: Int64

    public init(
        outcome: Outcome,
        termination: Termination? = nil,
        reason: String? = nil,
        limit: Limit? = nil,
        started: WallTime? = nil,
        finished: WallTime,
        duration: Int64 = 0,
        usage: Usage? = nil,
        logLength: Int64,
        lostOutput: Int64 = 0
    ) {
        self.outcome = outcome
        self.termination = termination
        self.reason = reason
        self.limit = limit
        self.started = started
        self.finished = finished
        self.duration = duration
        self.usage = usage
        self.logLength = logLength
        self.lostOutput = lostOutput
    }

    /// What a shell would report: the exit code, or 128 and the signal's number.
    public var shellCode: Int32? {
        switch termination {
        case .exited(let code)?: code
        case .signalled(let signal)?: 128 + signal
        case nil: nil
        }
    }

    /// JSON of at most `limit` bytes: the reason is cut until the record fits.
    public func encoded(atMost limit: Int) -> [UInt8] {
        var record = self
        var bytes = encoded()
        while bytes.count > limit, let reason = record.reason, !reason.isEmpty {
            // A character takes up to six bytes in JSON; so at least one goes at a time, and never too many.
            let excess = max(1, (bytes.count - limit) / 6)
            record.reason = String(reason.unicodeScalars.dropLast(excess))
            bytes = record.encoded()
        }
        return bytes
    }

    /// JSON.
    public func encoded() -> [UInt8] {
        var object = JSONObjectWriter()
        object.append("version", Int64(WorkerRecord.currentProtocol))
        object.append("outcome", outcome.rawValue)
        switch termination {
        case .exited(let code)?: object.append("exit_code", Int64(code))
        case .signalled(let signal)?: object.append("signal", Int64(signal))
        case nil: break
        }
        object.append("reason", reason)
        object.append("limit", limit?.rawValue)
        object.append("started", started?.description)
        object.append("finished", finished.description)
        object.append("duration_ns", duration)
        object.append("user_time_ns", usage?.userTime)
        object.append("system_time_ns", usage?.systemTime)
        object.append("maximum_memory_bytes", usage?.maximumMemory)
        object.append("log_bytes", logLength)
        object.append("lost_output_bytes", lostOutput)
        return object.finished()
    }

    /// Members that it doesn't know are a later version's, and ignored; an unknown outcome is an error.
    public init(decoding bytes: [UInt8]) throws(FieldError) {
        let record = try RecordReader(bytes)
        guard let outcome = Outcome(rawValue: try record.string("outcome")) else {
            throw FieldError("the outcome is unknown")
        }
        self.outcome = outcome
        if let code = try record.integerIfPresent("exit_code") {
            termination = .exited(code: Int32(clamping: code))
        } else if let signal = try record.integerIfPresent("signal") {
            termination = .signalled(Int32(clamping: signal))
        }
        reason = try record.stringIfPresent("reason")
        // One that it doesn't know is a later version's.
        limit = try record.stringIfPresent("limit").flatMap(Limit.init(rawValue:))
        started = try record.timeIfPresent("started")
        finished = try record.time("finished")
        duration = try record.integer("duration_ns")
        if let userTime = try record.integerIfPresent("user_time_ns") {
            usage = Usage(
                userTime: userTime,
                systemTime: try record.integer("system_time_ns"),
                maximumMemory: try record.integer("maximum_memory_bytes")
            )
        }
        logLength = try record.integer("log_bytes")
        lostOutput = try record.integer("lost_output_bytes")
    }
}
