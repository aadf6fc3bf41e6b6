public import FloydModel

/// What the daemon can say of itself in numbers, at one moment.
public struct MetricsSample: Sendable {
    public var jobs: [JobState: Int] = [:]
    /// Since the daemon's start, as the next three.
    public var endedJobs: [JobOutcome: Int] = [:]
    /// Seconds from submission to the first claim.
    public var queueWaits = Histogram(bounds: Histogram.waitSeconds)
    /// Seconds that commands ran.
    public var jobDurations: [JobOutcome: Histogram] = [:]
    /// What jobs may have, and what they have.
    public var total = Resources.none
    public var used = Resources.none
    /// Bytes of the different contents; nil until they were counted. Not newer than some minutes.
    public var storeBytes: Int64?
    /// Bytes of the disk with the data: those that are free, all, and those that data leave free; nil if nobody knows.
    public var diskFree: Int64?
    public var diskSize: Int64?
    public var diskReserve: Int64 = 0
    /// Writes that wait for the database.
    public var waitingWrites = 0
    public var process: Process?

    /// The daemon as a process.
    public struct Process: Sendable {
        public var cpuSeconds: Double
        /// Seconds since 1970.
        public var startTime: Double?
        /// Bytes.
        public var virtualMemory: Int64
        /// Bytes.
        public var residentMemory: Int64
        public var threads: Int
        public var openDescriptors: Int
        public var maximumDescriptors: Int?

        public init(
            cpuSeconds: Double,
            startTime: Double?,
            virtualMemory: Int64,
            residentMemory: Int64,
            threads: Int,
            openDescriptors: Int,
            maximumDescriptors: Int?
        ) {
            self.cpuSeconds = cpuSeconds
            self.startTime = startTime
            self.virtualMemory = virtualMemory
            self.residentMemory = residentMemory
            self.threads = threads
            self.openDescriptors = openDescriptors
            self.maximumDescriptors = maximumDescriptors
        }
    }

    public init() {}
}

public protocol MetricsServing: Sendable {
    func sample() async throws -> MetricsSample
}
