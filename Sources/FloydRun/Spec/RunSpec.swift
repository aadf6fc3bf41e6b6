public import FloydOS

/// What a worker is to do: everything about one attempt that it needs to know.
public struct RunSpec: Sendable, Hashable {
    /// How the job is kept apart from the machine.
    public enum Isolation: Sendable, Hashable {
        /// In a sandbox made by the bubblewrap at this path.
        case bubblewrap(program: String)
        /// Not at all: the job sees the machine as its user does, and the host's own paths.
        case none
    }

    public enum Network: String, Sendable, Hashable {
        /// The machine's.
        case host
        /// A loopback interface of its own and nothing else.
        case none
    }

    /// `NAME=value` in the job's environment.
    public struct Variable: Sendable, Hashable {
        public var name: String
        public var value: String

        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// Data that the job may read.
    public struct Input: Sendable, Hashable {
        /// The folder or file on the machine.
        public var path: String
        /// Seen as `/floyd/input/<name>`, and as `/<name>` where that isn't taken (`SandboxPath.takenNames`).
        public var names: [String]
        /// Whether it is `/input` as well.
        public var isInput: Bool

        public init(path: String, names: [String], isInput: Bool = false) {
            self.path = path
            self.names = names
            self.isInput = isInput
        }
    }

    /// What the job may use at most. What is nil isn't limited.
    public struct Limits: Sendable, Hashable {
        /// Bytes of memory, all processes together.
        public var memory: Int64?
        /// Processes and threads at a time.
        public var processes: Int?
        /// Open files of one process.
        public var openFiles: Int?
        /// Bytes of home, output and tmp together.
        public var disk: Int64?

        public init(memory: Int64? = nil, processes: Int? = nil, openFiles: Int? = nil, disk: Int64? = nil) {
            self.memory = memory
            self.processes = processes
            self.openFiles = openFiles
            self.disk = disk
        }
    }

    public var jobID: String
    /// The full name, for messages and the job's environment.
    public var jobName: String
    public var attempt: Int
    /// Given to `bash -c`.
    public var command: String
    public var isolation: Isolation
    /// Whom the command runs as; nil: the service's own user, which must not be root then.
    public var identity: UserIdentity?
    /// What the job's user is called inside.
    public var userName = "floyd"
    /// In this order; a later one of the same name wins. The worker adds what depends on paths.
    public var variables: [Variable] = []
    public var inputs: [Input] = []
    /// The software environment's folder on the machine, if the job has one.
    public var software: String?
    /// Device nodes of the GPUs that the job got.
    public var devices: [String] = []
    public var network = Network.host
    /// Seconds that the command may run, counted on a clock that doesn't jump.
    public var maximumRuntime: Int?
    /// Seconds between SIGTERM and SIGKILL.
    public var gracePeriod = 10
    public var limits = Limits()
    /// Where the attempt's groups are made.
    public var cgroups = CgroupSite()
    /// The job's share of the processors against other jobs', as cgroup v2 counts it: 1 to 10000, 100 as a rule.
    public var cpuWeight = 100
    /// Bytes that the log may grow to before its middle is given up; 0: no limit.
    public var logLimit: Int64 = 0
    /// An environment that must be there before the command can start.
    public var preparation: Preparation?
    /// What must be there over it.
    public var layer: Layer?

    public init(jobID: String, jobName: String, attempt: Int, command: String, isolation: Isolation) {
        self.jobID = jobID
        self.jobName = jobName
        self.attempt = attempt
        self.command = command
        self.isolation = isolation
    }
}
