public import FloydModel
public import FoundationEssentials

/// A job as it stands.
public struct JobRecord: Sendable, Hashable {
    let pk: Int64
    public var id: ObjectID
    public var name: NumberedName
    public var owner: ObjectID
    /// Which uid of the configured range its owner's jobs run under, from 0.
    public var ownerUIDOffset: Int
    public var project: ObjectID
    /// The tree that is its code, and the digest of that.
    public var code: ObjectID
    public var codeDigest: Data
    /// One string, given to `bash`.
    public var command: String
    public var environment: String
    public var instanceType: String
    public var resources: Resources
    public var message: String?
    /// Seconds.
    public var maxRuntime: Int?
    /// How many attempts may follow a failed or lost one.
    public var retries: Int
    /// How many of them were used.
    public var retriesUsed: Int
    /// Of a job that was told to stop: seconds between SIGTERM and SIGKILL; nil: what its attempt was started with.
    public var stopGrace: Int?
    public var state: JobState
    /// Set exactly when `state` is `finished`.
    public var outcome: JobOutcome?
    public var exitCode: Int?
    public var signal: Int?
    /// Why it is in its state, for people.
    public var reason: String?
    /// 0 before the first claim.
    public var attempt: Int
    public var created: Date
    /// When its present attempt was claimed, its command started, and the job ended.
    public var claimed: Date?
    public var started: Date?
    public var finished: Date?
    /// The GPUs that its latest attempt holds or held.
    public var gpus: [Int]
    /// Its data, in the order they were given.
    public var inputs: [JobInputRecord] = []
    /// Whether every account may see its project.
    public var isPublic: Bool
    /// Whether its owner's account is disabled: then it waits for that to change.
    public var isHeldBack: Bool
    /// When what it left was deleted, and it was not; nil: it wasn't.
    public var outputDeleted: Date?

    /// Whether the job may have another attempt if this one fails or is lost.
    public var retriesLeft: Bool { retriesUsed < retries }

    /// Leaves out what is deleted: that has no code.
    static let select = """
        SELECT j.*, p.id AS project_id, p.name AS project_name, p.public, u.id AS owner_id, u.name AS owner_name,
            u.disabled IS NOT NULL AS owner_disabled, u.host_uid_offset AS owner_uid_offset, t.id AS code_id, t.digest AS code_digest,
            (SELECT group_concat(gpu) FROM (SELECT gpu FROM job_gpus WHERE job = j.pk AND attempt = j.attempt ORDER BY gpu))
                AS held_gpus,
            EXISTS (SELECT 1 FROM job_inputs i WHERE i.job = j.pk) AS has_inputs
        FROM jobs j JOIN projects p ON p.pk = j.project JOIN users u ON u.pk = j.owner JOIN trees t ON t.pk = j.code
        """

    init(_ columns: Columns) throws {
        pk = try columns.value("pk")
        id = try columns.id("id")
        let project = ResourceName(
            owner: try columns.name("owner_name"),
            collection: .projects,
            name: try columns.name("project_name")
        )
        name = NumberedName(project, try columns.value("number"))
        owner = try columns.id("owner_id")
        ownerUIDOffset = try columns.value("owner_uid_offset")
        self.project = try columns.id("project_id")
        code = try columns.id("code_id")
        codeDigest = try columns.value("code_digest")
        command = try columns.value("command")
        environment = try columns.value("environment")
        instanceType = try columns.value("instance_type")
        resources = Resources(
            cpus: try columns.value("cpus"),
            memory: try columns.value("memory"),
            gpus: try columns.value("gpus")
        )
        message = try columns.value("message")
        maxRuntime = try columns.value("max_runtime")
        retries = try columns.value("retries")
        retriesUsed = try columns.value("retries_used")
        stopGrace = try columns.value("stop_grace")
        state = try columns.word("state")
        outcome = try columns.optionalWord("outcome")
        exitCode = try columns.value("exit_code")
        signal = try columns.value("signal")
        reason = try columns.value("reason")
        attempt = try columns.value("attempt")
        created = try columns.date("created")
        claimed = try columns.optionalDate("claimed")
        started = try columns.optionalDate("started")
        finished = try columns.optionalDate("finished")
        let held: String? = try columns.value("held_gpus")
        gpus = held?.split(separator: ",").compactMap { Int($0) } ?? []
        isPublic = try columns.value("public")
        isHeldBack = try columns.value("owner_disabled")
        outputDeleted = try columns.optionalDate("output_deleted")
    }
}

extension JobRecord {
    /// - Throws: `FloydError` with `gone` if its output was deleted.
    public func checkOutput() throws(FloydError) {
        if outputDeleted != nil { throw Self.outputIsGone(name) }
    }

    static func outputIsGone(_ name: NumberedName) -> FloydError {
        FloydError(
            .gone,
            "the output of \(name) was deleted",
            hint: "Run it again for another one: floydlite restart \(name)."
        )
    }
}

/// A job in the queue.
public struct WaitingJobRecord: Sendable, Hashable {
    let pk: Int64
    public var id: ObjectID
    /// The attempts that it has had, and the retries that these cost.
    public var attempt: Int
    public var retriesUsed: Int
    public var resources: Resources
}

/// What an active attempt holds.
public struct HeldRecord: Sendable, Hashable {
    public var job: ObjectID
    public var attempt: Int
    public var resources: Resources
    /// The indices of its cards.
    public var gpus: [Int]
}

/// What is held and what is waited for, at one moment.
public struct QueueOutlook: Sendable, Hashable {
    /// What each active attempt holds.
    public var held: [HeldRecord]
    /// In the order in which they were submitted.
    public var waiting: [WaitingJobRecord]
    /// Whether no more wait.
    public var isWhole: Bool
    /// Whether jobs of disabled accounts wait, which are left out here.
    public var isHolding: Bool
}

/// Where a job's data come from.
public enum JobInputSource: Sendable, Hashable {
    /// The dataset version of this id.
    case version(ObjectID)
    /// What the job of this id left in `/output`.
    case output(ObjectID)
}

/// One mounted source of a job.
public struct JobInputRecord: Sendable, Hashable {
    /// The path component it is mounted at, below `/floyd/input`.
    public var mount: String
    /// Whether the person chose the mount; otherwise it is the dataset's short name, and a single source is `/input` too.
    public var isNamed: Bool
    public var source: JobInputSource
    /// The full name of the version, or of the job whose output it is.
    public var name: NumberedName
    /// The version's tree; nil for an output.
    public var tree: ObjectID?
}

/// A job to submit.
public struct NewJob: Sendable, Hashable {
    public var id: ObjectID
    public var owner: ObjectID
    /// Made if the owner has no project of this name.
    public var project: Name
    /// A tree of the owner's.
    public var code: ObjectID
    public var command: String
    public var environment: String
    public var instanceType: String
    public var resources: Resources
    public var message: String?
    /// Seconds.
    public var maxRuntime: Int?
    public var retries: Int
    public var inputs: [Input]
    public var created: Date

    /// One `--data SOURCE:MOUNT`, resolved.
    public struct Input: Sendable, Hashable {
        public var source: JobInputSource
        /// One path component, unique within the job.
        public var mount: String
        /// Whether the person chose the mount.
        public var isNamed: Bool

        public init(source: JobInputSource, mount: String, isNamed: Bool) {
            self.source = source
            self.mount = mount
            self.isNamed = isNamed
        }
    }

    public init(
        id: ObjectID = ObjectID(),
        owner: ObjectID,
        project: Name,
        code: ObjectID,
        command: String,
        environment: String,
        instanceType: String,
        resources: Resources,
        message: String? = nil,
        maxRuntime: Int? = nil,
        retries: Int = 0,
        inputs: [Input] = [],
        created: Date
    ) {
        self.id = id
        self.owner = owner
        self.project = project
        self.code = code
        self.command = command
        self.environment = environment
        self.instanceType = instanceType
        self.resources = resources
        self.message = message
        self.maxRuntime = maxRuntime
        self.retries = retries
        self.inputs = inputs
        self.created = created
    }
}
