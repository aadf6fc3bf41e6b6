public import FloydAPI
public import FloydModel
public import FoundationEssentials

/// Brings the next piece of a body, or nil at its end.
public typealias ByteSource = @Sendable () async throws -> [UInt8]?

/// A body that is read into memory of the reader's.
public struct ByteStream: Sendable {
    /// Reads what is there, at least a byte, and on for as long as there is room and `goesOn` says so; 0 at the end. What came before a failure is given; the
    /// next call throws it.
    public var read:
        @Sendable (_ memory: UnsafeMutableRawBufferPointer, _ goesOn: @escaping @Sendable () -> Bool) async throws ->
            Int

    public init(
        read: @escaping @Sendable (UnsafeMutableRawBufferPointer, @escaping @Sendable () -> Bool) async throws -> Int
    ) {
        self.read = read
    }
}

/// What the daemon offers to whoever stands in front of it. Everything is checked against the account that asks: what it may not see
/// is `notFound`, exactly as what isn't there.
///
/// All calls may throw `FloydError`; none blocks the executor it is called on.
public struct Services: Sendable {
    public var accounts: any AccountServing
    public var machine: any MachineServing
    public var data: any DataServing
    public var trees: any TreeServing
    public var uploads: any UploadServing
    public var differences: any DifferenceServing
    public var archives: any ArchiveServing
    public var versions: any VersionServing
    public var jobs: any JobServing
    public var logs: any LogServing
    public var outputs: any OutputServing
    public var events: any EventServing
    public var metrics: any MetricsServing

    public init(
        accounts: any AccountServing,
        machine: any MachineServing,
        data: any DataServing,
        trees: any TreeServing,
        uploads: any UploadServing,
        differences: any DifferenceServing,
        archives: any ArchiveServing,
        versions: any VersionServing,
        jobs: any JobServing,
        logs: any LogServing,
        outputs: any OutputServing,
        events: any EventServing,
        metrics: any MetricsServing
    ) {
        self.accounts = accounts
        self.machine = machine
        self.data = data
        self.trees = trees
        self.uploads = uploads
        self.differences = differences
        self.archives = archives
        self.versions = versions
        self.jobs = jobs
        self.logs = logs
        self.outputs = outputs
        self.events = events
        self.metrics = metrics
    }
}

public protocol MachineServing: Sendable {
    func server() async throws -> ServerResponse
    func environments(page: PageRequest) async throws -> ListResponse<EnvironmentResponse>
    func instanceTypes(page: PageRequest) async throws -> ListResponse<InstanceTypeResponse>
}

public protocol DataServing: Sendable {
    /// Makes the project, or answers the one of that name that the account has.
    func createProject(_ request: CreateResourceRequest, once: RequestKey?, as account: Account) async throws
        -> ResourceResponse
    /// Makes the dataset, or answers the one of that name that the account has.
    func createDataset(_ request: CreateResourceRequest, once: RequestKey?, as account: Account) async throws
        -> ResourceResponse
    func project(_ reference: Reference, as account: Account) async throws -> ResourceResponse
    /// Changes who may see it; `forbidden` for what is another's, unless an admin asks.
    func updateProject(_ reference: Reference, _ request: UpdateResourceRequest, as account: Account) async throws
        -> ResourceResponse
    /// The same for a dataset.
    func updateDataset(_ reference: Reference, _ request: UpdateResourceRequest, as account: Account) async throws
        -> ResourceResponse
    /// In the order of their names.
    func projects(page: PageRequest, as account: Account) async throws -> ListResponse<ResourceResponse>
    func datasets(page: PageRequest, as account: Account) async throws -> ListResponse<ResourceResponse>
    func dataset(_ reference: Reference, as account: Account) async throws -> ResourceResponse
    /// The versions of one dataset, or of all the account's, newest first.
    func versions(of dataset: Reference?, page: PageRequest, as account: Account) async throws
        -> ListResponse<DatasetVersionResponse>
    func version(_ reference: Reference, as account: Account) async throws -> DatasetVersionResponse
    /// The committed upload, or the finished job's output, becomes the dataset's next version, durable when this returns.
    func addVersion(
        to dataset: Reference,
        _ request: CreateVersionRequest,
        once: RequestKey?,
        as account: Account
    ) async throws -> DatasetVersionResponse
}

/// What is done to versions that are there.
public protocol VersionServing: Sendable {
    /// Deletes one version; `conflict` while a job that mounts it waits or runs.
    func delete(_ version: Reference, as account: Account) async throws
    /// Hashes all files of the version again: at first how far it is, damage as it is found, the result last. Whoever stops listening ends it.
    func verify(_ version: Reference, as account: Account) async throws -> AsyncStream<VerifyMessage>
}

public protocol UploadServing: Sendable {
    /// Takes a manifest and says what the server lacks.
    ///
    /// - Parameters:
    ///   - base: nil: `manifest` is all of it; else what is different in it from that tree's.
    ///   - once: a second such request is answered with the upload of the first, as it is then.
    /// - Throws: `baseMismatch` where the account has no such base, or the result is another one.
    func begin(manifest: ByteSource, from base: ManifestBase?, once: RequestKey?, as account: Account) async throws
        -> UploadResponse
    /// The account's uploads that aren't committed, the newest first: those that count for its quota.
    func uploads(page: PageRequest, as account: Account) async throws -> ListResponse<UploadResponse>
    func upload(_ id: ObjectID, as account: Account) async throws -> UploadResponse
    /// The path of a file of text lines: the numbers, from 0, of the manifest lines whose contents are to be sent, in their order.
    func missing(in id: ObjectID, as account: Account) async throws -> String
    /// Takes bytes of the stream from `offset` on and answers how far it is durable then, also if `body` breaks off.
    func receive(_ id: ObjectID, at offset: Int64, length: Int64?, body: ByteStream, as account: Account) async throws
        -> Int64
    /// Makes the tree whole and durable. `hashes` are lines of lowercase hex for the files whose manifest lines had none.
    func commit(_ id: ObjectID, hashes: ByteSource, as account: Account) async throws -> UploadResponse
    /// Gives up an upload; what came of it goes, and it no longer counts for the quota. `locked` while something is sent or committed, `conflict`
    /// once it is committed.
    func cancel(_ id: ObjectID, as account: Account) async throws
}

/// The tree that a manifest is told from, and the one that it is to be: their digests.
public struct ManifestBase: Sendable, Hashable {
    public var base: [UInt8]
    public var result: [UInt8]

    public init(base: [UInt8], result: [UInt8]) {
        self.base = base
        self.result = result
    }
}

/// Big files that are sent as differences to what is there already.
public protocol DifferenceServing: Sendable {
    /// The blocks of the version's file at that path, else of one of that name.
    func blocks(of version: Reference, _ request: BlockRequest, as account: Account) async throws -> BlockListFile
    /// Takes recipes (`RecipeCoding`) for files of an upload to which nothing was sent yet; the stream is shorter then.
    func takeRecipes(_ id: ObjectID, _ body: ByteSource, as account: Account) async throws -> UploadResponse
    /// The path of the recipes that were taken, or nil where there are none.
    func recipes(in id: ObjectID, as account: Account) async throws -> String?
}

/// Which file's blocks are asked for.
public struct BlockRequest: Sendable, Hashable {
    public var path: String
    /// Bytes of the client's file, to choose among several of one name.
    public var size: Int64
    /// Bytes of a block on average.
    public var average: Int

    public init(path: String, size: Int64, average: Int) {
        self.path = path
        self.size = size
        self.average = average
    }
}

/// A list of blocks (`BlockList`).
public struct BlockListFile: Sendable, Hashable {
    public var path: String
    /// The hash of the content, in hexadecimal digits.
    public var base: String

    public init(path: String, base: String) {
        self.path = path
        self.base = base
    }
}

/// Which part of a list is asked for.
public struct PageRequest: Sendable, Hashable {
    public static let maximumLimit = 500

    /// What the page before gave as `next`.
    public var cursor: String?
    public var limit: Int

    /// - Throws: `invalidRequest` for a limit outside of 1...500.
    public init(cursor: String? = nil, limit: Int = 100) throws(FloydError) {
        guard (1...Self.maximumLimit).contains(limit) else {
            throw FloydError(.invalidRequest, "limit is \(limit)", hint: "Ask for 1 to \(Self.maximumLimit) at a time.")
        }
        self.cursor = cursor
        self.limit = limit
    }
}

/// The key of a request that is to be done once, however often it comes. A request with the key of another one is `idempotencyKeyReused`; the same
/// one again is answered as it was the first time, without being done, also while the first one is still under way.
public struct RequestKey: Sendable {
    /// 1 to 255 characters.
    public var key: String
    /// SHA-256 of what the request says. Asked for when all of it was read.
    public var fingerprint: @Sendable () -> [UInt8]

    public init(_ key: String, fingerprint: @escaping @Sendable () -> [UInt8]) {
        self.key = key
        self.fingerprint = fingerprint
    }
}

public protocol JobServing: Sendable {
    /// The job, durably queued when this returns.
    func submit(_ request: SubmitJobRequest, once: RequestKey?, as account: Account) async throws -> JobResponse
    /// A new job of the account's as one was that has ended, but for what the request says; `conflict` if it hasn't ended.
    func restart(_ reference: Reference, _ request: RestartJobRequest, once: RequestKey?, as account: Account)
        async throws
        -> JobResponse
    /// Jobs newest first: of one project that the account may see, or all its own.
    func jobs(project: Reference?, page: PageRequest, as account: Account) async throws -> ListResponse<JobResponse>
    /// What waits or runs on the whole machine, in queue order; of other people's private jobs only what concerns everybody in the queue.
    func queue(as account: Account) async throws -> [QueueEntry]
    func job(_ reference: Reference, as account: Account) async throws -> JobResponse
    /// Stores the wish to stop and passes it on. `conflict` if the job has ended.
    ///
    /// - Parameter grace: seconds between SIGTERM and SIGKILL; nil: the config's. A job that is stopping already gets less time
    ///   if this is less, and never more.
    func stop(_ reference: Reference, grace: Int?, as account: Account) async throws -> JobResponse
    /// Deletes a job with its code, logs and results, durably when this returns. The reference names it by its number or id.
    ///
    /// `conflict` while it hasn't ended, or a job that waits or runs mounts its output; `forbidden` for another's, unless an admin asks.
    func delete(job reference: Reference, as account: Account) async throws
    /// The same of its results alone; `gone` if they were deleted before.
    func deleteOutput(of reference: Reference, as account: Account) async throws
    /// Stops whatever waits or runs of a project, and answers those jobs, the first one first; there may be none. `forbidden` for another's
    /// project, unless an admin asks.
    func stopAll(of project: Reference, grace: Int?, as account: Account) async throws -> [JobResponse]
}

public protocol EventServing: Sendable {
    /// The moves behind `id` of jobs that the account may see, the oldest first. A job of its own, or of others where it may see them.
    ///
    /// - Parameter job: only this job's.
    func events(after id: Int64, job: Reference?, limit: Int, as account: Account) async throws -> [EventResponse]
    /// The id of the newest move there is, of whatever job.
    func latest() async throws -> Int64
    /// Calls `onMove`, from any thread and perhaps too often, when there are new moves; until the result is released.
    func subscribe(_ onMove: @escaping @Sendable () -> Void) -> any Sendable
}

/// A place in the queue.
public struct QueueEntry: Sendable, Hashable {
    public var owner: Name
    public var state: JobState
    public var instanceType: String
    /// nil: a job that the account may not see.
    public var job: JobResponse?

    public init(owner: Name, state: JobState, instanceType: String, job: JobResponse?) {
        self.owner = owner
        self.state = state
        self.instanceType = instanceType
        self.job = job
    }
}

public protocol LogServing: Sendable {
    /// The path of an attempt's log file, or nil where there is none.
    ///
    /// - Parameter attempt: nil: the latest one that has a log.
    /// - Throws: `notFound` for an attempt that there wasn't.
    func file(of job: Reference, attempt: Int?, as account: Account) async throws -> String?
    /// A reader of the job's logs.
    ///
    /// - Throws: `notFound` for an attempt that there wasn't, `invalidRequest` for a start that can't be.
    func follow(_ request: LogRequest, as account: Account) async throws -> any LogFollowing
}

/// What a reader of a job's logs asks for.
public struct LogRequest: Sendable, Hashable {
    /// Where it begins.
    public enum Start: Sendable, Hashable {
        case beginning
        /// Where another reader was: what comes behind is what that one had not seen.
        case position(LogPosition)
        /// So many lines before the end of the latest log.
        case lastLines(Int)
        /// With the first record that isn't older; records behind it may be, if the clock was set back.
        case since(Date)
        /// With this line, counted from 1, of the attempt asked for or of the first one.
        case line(Int)
    }

    /// Whose words a record has.
    public enum Stream: String, Sendable, Hashable, CaseIterable {
        case stdout, stderr, system
    }

    public var job: Reference
    /// Of this attempt alone; nil: of all, one after the other.
    public var attempt: Int?
    public var start: Start
    /// Only their records.
    public var streams: Set<Stream>

    public init(
        _ job: Reference,
        attempt: Int? = nil,
        from start: Start = .beginning,
        streams: Set<Stream> = Set(Stream.allCases)
    ) {
        self.job = job
        self.attempt = attempt
        self.start = start
        self.streams = streams
    }
}

/// One reader of one job's logs. Not to be called again before it has returned.
public protocol LogFollowing: Sendable {
    /// What is new since the last call: at first the job, then the logs of its attempts and its moves as they come, `end` last. Empty if
    /// nothing is new.
    ///
    /// - Parameter follow: whether to go on until the job ends; else `end` comes behind the last record there is now.
    func next(follow: Bool) async throws -> [LogStreamEvent]
    /// Calls `onChange`, from any thread and perhaps too often, when `next` may have something new; until the result is released. Whoever
    /// reads another place of the same job's logs is called for the same changes.
    func subscribe(_ onChange: @escaping @Sendable () -> Void) -> any Sendable
    /// What is read, and how far that has come.
    var place: LogPlace { get }
    /// Goes on from `offset` in the log that is read: what lies before it the reader was sent by another way.
    func skip(to offset: Int64)
}

/// A place in what a reader of logs reads. Two at the same place are shown the same next.
public struct LogPlace: Sendable, Hashable {
    /// What is read from there on.
    public struct Log: Sendable, Hashable {
        public var job: ObjectID
        /// 0 before the first attempt.
        public var attempt: Int
        public var streams: Set<LogRequest.Stream>
    }

    public var log: Log
    public var offset: Int64

    public init(job: ObjectID, attempt: Int, streams: Set<LogRequest.Stream>, offset: Int64) {
        log = Log(job: job, attempt: attempt, streams: streams)
        self.offset = offset
    }
}

/// What a log stream carries (see `LogEventKind`).
public enum LogStreamEvent: Sendable {
    case job(Broadcast<JobResponse>)
    /// What follows is from this attempt's log, from this position on. Rare and large: the others need no room for it.
    indirect case attempt(AttemptResponse, position: LogPosition)
    /// Records, and the position behind the last of them. There may be none: all were of streams that weren't asked for.
    case log(Broadcast<[LogRecordMessage]>, position: LogPosition)
    case end(Broadcast<JobResponse>)
}

public protocol OutputServing: Sendable {
    /// What it left, in the order of the paths.
    ///
    /// - Parameter page: nil: all of it.
    func list(_ job: Reference, page: PageRequest?, as account: Account) async throws -> OutputResponse
    /// Opens a regular file beneath `/output`; no link is followed on the way.
    func open(_ path: String, of job: Reference, as account: Account) async throws -> OpenedFile
    /// All of it as one file, made while it is read: folders, regular files, and links that lead to something inside.
    func archive(of job: Reference, as format: ArchiveFormat, asking account: Account) async throws -> OpenedArchive
}

/// A file that is ready to be sent.
public struct OpenedFile: Sendable {
    /// The descriptor; the receiver closes it.
    public let descriptor: Int32
    public let size: Int64
    /// The last part of its path.
    public let name: String
    /// What is another one as soon as the file's bytes may be.
    public let validator: String?

    public init(descriptor: Int32, size: Int64, name: String, validator: String? = nil) {
        self.descriptor = descriptor
        self.size = size
        self.name = name
        self.validator = validator
    }
}
