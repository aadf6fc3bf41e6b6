public import FloydModel
public import FoundationEssentials

/// The body of `POST /api/v1/jobs`.
public struct SubmitJobRequest: Sendable, Hashable, Codable {
    /// The project's name; it is made if the account has none of that name.
    public var project: Name
    /// The committed upload that is the job's code.
    public var code: ObjectID
    /// One string, given to `bash`.
    public var command: String
    /// nil: the server's default environment.
    public var environment: String?
    /// nil: `cpu`.
    public var instanceType: String?
    public var data: [DataMount]
    public var message: String?
    /// Seconds.
    public var maxRuntime: Int?
    /// How often the job is tried again after an attempt that failed or was lost; nil: never.
    public var retries: Int?

    /// One `--data SOURCE:MOUNT`.
    public struct DataMount: Sendable, Hashable, Codable {
        /// A dataset, a version or a job's output, in any form that `Reference` takes.
        public var source: String
        /// One path component; nil: `/input` if it is the only source, and the dataset's short name.
        public var mount: String?

        public init(source: String, mount: String? = nil) {
            self.source = source
            self.mount = mount
        }
    }

    public init(
        project: Name,
        code: ObjectID,
        command: String,
        environment: String? = nil,
        instanceType: String? = nil,
        data: [DataMount] = [],
        message: String? = nil,
        maxRuntime: Int? = nil,
        retries: Int? = nil
    ) {
        self.project = project
        self.code = code
        self.command = command
        self.environment = environment
        self.instanceType = instanceType
        self.data = data
        self.message = message
        self.maxRuntime = maxRuntime
        self.retries = retries
    }

    enum CodingKeys: String, CodingKey {
        case project, code, command, environment, data, message, retries
        case instanceType = "instance_type"
        case maxRuntime = "max_runtime"
    }

    /// `data` may be absent: most jobs that a person types by hand have none.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        project = try container.decode(Name.self, forKey: .project)
        code = try container.decode(ObjectID.self, forKey: .code)
        command = try container.decode(String.self, forKey: .command)
        environment = try container.decodeIfPresent(String.self, forKey: .environment)
        instanceType = try container.decodeIfPresent(String.self, forKey: .instanceType)
        data = try container.decodeIfPresent([DataMount].self, forKey: .data) ?? []
        message = try container.decodeIfPresent(String.self, forKey: .message)
        maxRuntime = try container.decodeIfPresent(Int.self, forKey: .maxRuntime)
        retries = try container.decodeIfPresent(Int.self, forKey: .retries)
    }
}

/// The body of `POST /api/v1/jobs/{job}/restart`; it may be absent. What is nil is as it was in that job.
public struct RestartJobRequest: Sendable, Hashable, Codable {
    /// The project's name; it is made if the account has none of that name.
    public var project: Name?
    /// One string, given to `bash`.
    public var command: String?
    public var environment: String?
    public var instanceType: String?
    /// In place of all that the job had; empty for none.
    public var data: [SubmitJobRequest.DataMount]?
    public var message: String?
    /// Seconds.
    public var maxRuntime: Int?
    public var retries: Int?

    public init(
        project: Name? = nil,
        command: String? = nil,
        environment: String? = nil,
        instanceType: String? = nil,
        data: [SubmitJobRequest.DataMount]? = nil,
        message: String? = nil,
        maxRuntime: Int? = nil,
        retries: Int? = nil
    ) {
        self.project = project
        self.command = command
        self.environment = environment
        self.instanceType = instanceType
        self.data = data
        self.message = message
        self.maxRuntime = maxRuntime
        self.retries = retries
    }

    enum CodingKeys: String, CodingKey {
        case project, command, environment, data, message, retries
        case instanceType = "instance_type"
        case maxRuntime = "max_runtime"
    }
}

/// The body of `POST /api/v1/jobs/{job}/stop` and of `POST /api/v1/projects/{project}/stop`; it may be absent.
public struct StopJobRequest: Sendable, Hashable, Codable {
    /// Seconds between SIGTERM and SIGKILL; 0: SIGKILL at once; nil: what the server's config says.
    public var grace: Int?

    public init(grace: Int? = nil) {
        self.grace = grace
    }
}

/// A job.
public struct JobResponse: Sendable, Hashable, Codable {
    public var id: ObjectID
    /// `alice/projects/classify-modelnet/3`.
    public var name: String
    public var state: JobState
    public var outcome: JobOutcome?
    /// The command's exit code; 128 + n for a signal n; nil while it hasn't ended, or never started.
    public var exitCode: Int?
    /// The signal that ended the command, where one did.
    public var signal: Int?
    /// Why it waits, or why it ended, for people.
    public var reason: String?
    public var created: Date
    public var started: Date?
    public var finished: Date?
    public var command: String
    public var environment: String
    public var instanceType: String
    public var message: String?
    /// 0 before the first claim.
    public var attempt: Int
    /// The GPUs it holds or held.
    public var gpus: [Int]
    public var data: [Mount]
    /// Seconds.
    public var maxRuntime: Int?
    /// `bubblewrap` or `none`: how the server keeps jobs apart.
    public var isolation: String
    /// Whose uid it runs under: `account`, one of the account's own, or `service`, the server's.
    public var uids: String?
    /// How often the job is tried again after an attempt that failed or was lost.
    public var retries: Int
    /// Seconds that the latest attempt's command ran or has run, on a clock that doesn't jump; never negative.
    public var duration: Double?
    /// All attempts there have been, the first one first.
    public var attempts: [AttemptResponse]
    /// What the job may use, and who sees to it; nil from a server that doesn't say.
    public var limits: LimitsResponse?
    /// Whether every account may see its project; nil from a server that doesn't say.
    public var isPublic: Bool?
    /// When what it left was deleted, and it was not.
    public var outputDeleted: Date?

    /// A mounted source.
    public struct Mount: Sendable, Hashable, Codable {
        /// The full name of the version or the output.
        public var source: String
        public var id: ObjectID
        /// The path inside the job.
        public var path: String

        public init(source: String, id: ObjectID, path: String) {
            self.source = source
            self.id = id
            self.path = path
        }
    }

    public init(
        id: ObjectID,
        name: String,
        state: JobState,
        outcome: JobOutcome?,
        exitCode: Int?,
        signal: Int?,
        reason: String?,
        created: Date,
        started: Date?,
        finished: Date?,
        command: String,
        environment: String,
        instanceType: String,
        message: String?,
        attempt: Int,
        gpus: [Int],
        data: [Mount],
        maxRuntime: Int?,
        isolation: String,
        uids: String? = nil,
        retries: Int = 0,
        duration: Double? = nil,
        attempts: [AttemptResponse] = [],
        limits: LimitsResponse? = nil,
        isPublic: Bool? = nil,
        outputDeleted: Date? = nil
    ) {
        self.id = id
        self.name = name
        self.state = state
        self.outcome = outcome
        self.exitCode = exitCode
        self.signal = signal
        self.reason = reason
        self.created = created
        self.started = started
        self.finished = finished
        self.command = command
        self.environment = environment
        self.instanceType = instanceType
        self.message = message
        self.attempt = attempt
        self.gpus = gpus
        self.data = data
        self.maxRuntime = maxRuntime
        self.isolation = isolation
        self.uids = uids
        self.retries = retries
        self.duration = duration
        self.attempts = attempts
        self.limits = limits
        self.isPublic = isPublic
        self.outputDeleted = outputDeleted
    }

    enum CodingKeys: String, CodingKey {
        case id, name, state, outcome, signal, reason, created, started, finished, command, environment, message,
            attempt, gpus, data
        case isolation, uids, retries, duration, attempts, limits
        case exitCode = "exit_code"
        case instanceType = "instance_type"
        case maxRuntime = "max_runtime"
        case isPublic = "public"
        case outputDeleted = "output_deleted"
    }
}

/// What a finished or running job left in `/output`, in path order.
public struct OutputResponse: Sendable, Hashable, Codable {
    /// The job's id and full name.
    public var id: ObjectID
    public var name: String
    public var state: JobState
    public var files: [File]
    /// Names that can't be served (no UTF-8, devices, links out of the folder), and why.
    public var skipped: [Skipped]
    /// Given back as `?cursor=` it brings the next page; nil on the last.
    public var next: String?

    /// A regular file, folder or symbolic link.
    public struct File: Sendable, Hashable, Codable {
        /// Relative to `/output`, parts joined by `/`.
        public var path: String
        /// `file`, `dir` or `link`.
        public var type: String
        /// Bytes, of a file.
        public var size: Int64
        public var modified: Date

        public init(path: String, type: String, size: Int64, modified: Date) {
            self.path = path
            self.type = type
            self.size = size
            self.modified = modified
        }
    }

    public struct Skipped: Sendable, Hashable, Codable {
        public var path: String
        public var reason: String

        public init(path: String, reason: String) {
            self.path = path
            self.reason = reason
        }
    }

    public init(
        id: ObjectID,
        name: String,
        state: JobState,
        files: [File],
        skipped: [Skipped],
        next: String? = nil
    ) {
        self.id = id
        self.name = name
        self.state = state
        self.files = files
        self.skipped = skipped
        self.next = next
    }
}
