public import FloydModel

/// All that the config file of `floydlited` can say. Every value has a default, so an empty file is a valid config.
public struct ServerConfiguration: Sendable, Hashable {
    /// How jobs are kept apart.
    public enum Isolation: String, Sendable, Hashable, CaseIterable {
        case bubblewrap
        case none
    }

    /// Where the HTTP server listens: `HOST:PORT` or `unix:PATH`.
    public var listen = "127.0.0.1:8080"
    /// The socket for who is on this machine; nil: there is none.
    public var localSocket: LocalSocketSettings?
    /// nil: `/var/lib/floydlite` for root, else the user's own data folder.
    public var dataFolder: String?
    public var isolation = Isolation.bubblewrap
    /// Between SIGTERM and SIGKILL.
    public var gracePeriod = Duration.seconds(10)
    /// How long a job waits before it is tried again.
    public var retryBackoff = RetryBackoff()
    public var logLevel = LogLevel.info
    /// The environment of a job that names none.
    public var defaultEnvironment = "python"
    /// The file that declares the environments; nil: `environments.yml` beside the config file if it is there, else the built-in one.
    public var environmentsFile: String?
    /// The program that builds environments: a path, or a name to look up in PATH.
    public var uv = "uv"
    public var resources = DeclaredResources()
    public var instanceTypes: [DeclaredInstanceType] = [
        DeclaredInstanceType(name: "cpu", gpus: 0),
        DeclaredInstanceType(name: "gpu", gpus: 1),
    ]
    /// The host uids that accounts' jobs run under where the daemon is root.
    public var jobUIDs = JobUIDs()
    public var http = HTTPSettings()
    public var logs = LogSettings()
    public var storage = StorageSettings()
    /// How long an unfinished upload is kept.
    public var uploadExpiry = Duration.seconds(7 * 86_400)
    public var archives = ArchiveSettings()

    public init() {}

    public enum LogLevel: String, Sendable, Hashable, CaseIterable {
        case debug, info, warning, error
    }

    /// The Unix socket on which a peer's uid says who it is.
    public struct LocalSocketSettings: Sendable, Hashable {
        /// Absolute.
        public var path: String
        /// The accounts of this machine's users, by the users' names.
        public var users: [String: Name] = [:]

        public init(path: String, users: [String: Name] = [:]) {
            self.path = path
            self.users = users
        }
    }

    /// What of the machine jobs may have; nil: what is found there.
    public struct DeclaredResources: Sendable, Hashable {
        public var cpus: Int?
        /// Bytes.
        public var memory: Int64?
        /// The GPUs' indices as `nvidia-smi` counts them.
        public var gpus: [Int]?
    }

    /// An instance type before the machine is known.
    public struct DeclaredInstanceType: Sendable, Hashable {
        public var name: String
        public var gpus: Int
        /// nil: the machine's share, see `InstanceTypes`.
        public var cpus: Int?
        /// Bytes, set aside and the most that a job gets; nil: none is set aside, and there is no limit.
        public var memory: Int64?
        public var network = NetworkAccess.host
        public var limits: ResourceLimits

        public init(
            name: String,
            gpus: Int,
            cpus: Int? = nil,
            memory: Int64? = nil,
            network: NetworkAccess = .host,
            limits: ResourceLimits = ResourceLimits()
        ) {
            self.limits = limits
            self.name = name
            self.gpus = gpus
            self.cpus = cpus
            self.memory = memory
            self.network = network
        }
    }

    /// A range of uids that belong to nobody else on the host.
    public struct JobUIDs: Sendable, Hashable {
        public var first = 1_700_000_000
        public var count = 65_536
    }

    /// What is kept of what jobs print.
    public struct LogSettings: Sendable, Hashable {
        /// Bytes of an attempt's log beyond which only its start and its end are kept; 0: all is kept.
        public var maximumSize: Int64 = 1 << 30
    }

    /// What is taken of archives.
    public struct ArchiveSettings: Sendable, Hashable {
        /// Bytes of an archive, and of the files in it.
        public var size: Int64
        /// Files, folders and links in it.
        public var entries: Int

        public init(size: Int64 = 1 << 40, entries: Int = 500_000) {
            self.size = size
            self.entries = entries
        }
    }

    /// What data may take of the disk.
    public struct StorageSettings: Sendable, Hashable {
        /// Bytes that an account's data may take; 0: as many as there are.
        public var quota: Int64 = 0
        /// Those of accounts that have another one.
        public var quotas: [Name: Int64] = [:]
        /// Bytes of the disk that data leave to jobs and the database; nil: a twentieth of it, at most 10 GiB.
        public var reserve: Int64?
        /// How long a tree that somebody was told of is kept for them to use, whatever else needs it.
        public var grace = Duration.seconds(600)
    }

    /// Limits of the HTTP server.
    public struct HTTPSettings: Sendable, Hashable {
        /// Threads that serve connections. A second one halves the time until the last of many followers has its line.
        public var loops = 2
        public var maximumConnections = 10_000
        public var headTimeout = Duration.seconds(10)
        public var idleTimeout = Duration.seconds(75)
        /// How long a body, in or out, may stand still.
        public var progressTimeout = Duration.seconds(30)
        /// How long requests may take to finish when the daemon stops.
        public var shutdownGrace = Duration.seconds(10)
    }
}
