public import FloydModel
public import FoundationEssentials

/// The body of `POST /api/v1/projects` and `POST /api/v1/datasets`. What exists already is answered as it is.
public struct CreateResourceRequest: Sendable, Hashable, Codable {
    public var name: Name
    /// Whether every account may see it from now on, also where it exists; nil: what is made is private, what exists stays as it is.
    public var isPublic: Bool?

    public init(name: Name, isPublic: Bool? = nil) {
        self.name = name
        self.isPublic = isPublic
    }

    enum CodingKeys: String, CodingKey {
        case name
        case isPublic = "public"
    }
}

/// A project or a dataset.
public struct ResourceResponse: Sendable, Hashable, Codable {
    public var id: ObjectID
    /// `alice/datasets/modelnet`.
    public var name: String
    /// Always `active`.
    public var state: String
    public var owner: Name
    /// Whether every account may see it.
    public var isPublic: Bool
    public var created: Date

    public init(
        id: ObjectID,
        name: String,
        state: String = "active",
        owner: Name,
        isPublic: Bool = false,
        created: Date
    ) {
        self.id = id
        self.name = name
        self.state = state
        self.owner = owner
        self.isPublic = isPublic
        self.created = created
    }

    enum CodingKeys: String, CodingKey {
        case id, name, state, owner, created
        case isPublic = "public"
    }
}

/// The body of `POST /api/v1/datasets/{dataset}/versions`: exactly one of `upload` and `job`.
public struct CreateVersionRequest: Sendable, Hashable, Codable {
    /// The committed upload that becomes the version.
    public var upload: ObjectID?
    /// A reference to the finished job whose output becomes the version.
    public var job: String?
    public var message: String?

    public init(upload: ObjectID, message: String? = nil) {
        self.upload = upload
        self.message = message
    }

    public init(job: Reference, message: String? = nil) {
        self.job = job.description
        self.message = message
    }
}

/// An immutable version of a dataset.
public struct DatasetVersionResponse: Sendable, Hashable, Codable {
    public var id: ObjectID
    /// `alice/datasets/modelnet/1`.
    public var name: String
    /// `valid`: whole and durable. A version that is not does not show.
    public var state: String
    public var created: Date
    public var number: Int
    /// Bytes of all files.
    public var size: Int64
    /// Number of files.
    public var files: Int
    /// Bytes of the files whose contents the version before had, too, when this one was made; nil where nobody knows.
    public var shared: Int64?
    public var message: String?
    /// Whether every account may see its dataset.
    public var isPublic: Bool

    public init(
        id: ObjectID,
        name: String,
        state: String = "valid",
        created: Date,
        number: Int,
        size: Int64,
        files: Int,
        shared: Int64? = nil,
        message: String?,
        isPublic: Bool = false
    ) {
        self.id = id
        self.name = name
        self.state = state
        self.created = created
        self.number = number
        self.size = size
        self.files = files
        self.shared = shared
        self.message = message
        self.isPublic = isPublic
    }
}

/// An upload: what the server lacks of a manifest. The body that is sent by tus PATCH requests is the missing contents in manifest
/// order, nothing between them.
public struct UploadResponse: Sendable, Hashable, Codable {
    public var id: ObjectID
    /// `receiving` while bytes are missing, `complete` when all are there, `committed` when the tree is whole and durable, `failed` when nothing
    /// can be made of it.
    public var state: State
    /// Bytes of the stream.
    public var length: Int64
    /// Bytes of it that are durably received.
    public var offset: Int64
    /// Manifest entries that are to be sent.
    public var missing: Int
    /// Files and bytes of the whole tree.
    public var files: Int
    public var size: Int64
    /// When it was begun; older servers don't say it.
    public var created: Date?
    /// When an unfinished upload is given up.
    public var expires: Date?
    /// Of an upload that is an archive.
    public var archive: ArchiveResponse?

    /// How far an upload is.
    public enum State: String, Sendable, Hashable, Codable {
        case receiving, complete, committed, failed
    }

    public init(
        id: ObjectID,
        state: State,
        length: Int64,
        offset: Int64,
        missing: Int,
        files: Int,
        size: Int64,
        created: Date? = nil,
        expires: Date?,
        archive: ArchiveResponse? = nil
    ) {
        self.archive = archive
        self.created = created
        self.id = id
        self.state = state
        self.length = length
        self.offset = offset
        self.missing = missing
        self.files = files
        self.size = size
        self.expires = expires
    }
}

/// What an upload that is an archive (tar, zip) is for, and what became of it.
public struct ArchiveResponse: Sendable, Hashable, Codable {
    /// The dataset of which it becomes a version.
    public var dataset: Name
    public var message: String?
    /// Upload-Metadata as the client sent it (tus 1.0, Creation).
    public var metadata: String?
    /// The version that was made of it: `alice/datasets/modelnet/1`.
    public var version: String?
    /// Why there will be none.
    public var problem: Problem?

    public init(dataset: Name, message: String?, metadata: String?, version: String?, problem: Problem?) {
        self.dataset = dataset
        self.message = message
        self.metadata = metadata
        self.version = version
        self.problem = problem
    }
}
