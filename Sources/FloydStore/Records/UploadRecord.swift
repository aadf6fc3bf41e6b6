public import FloydModel
public import FoundationEssentials

/// How far an upload is.
public enum UploadState: String, Sendable, Hashable, Codable, CaseIterable {
    /// Something was to be sent; whether it came is the upload's folder to say.
    case receiving
    /// Nothing was to be sent, or an older release has noted that it came.
    case complete
    /// Its tree is whole and durable.
    case committed
}

/// An upload: what the server lacks of a manifest. How many bytes were received is the file's to say, not this row's.
public struct UploadRecord: Sendable, Hashable {
    public var id: ObjectID
    public var owner: ObjectID
    public var state: UploadState
    /// SHA-256 of the manifest; nil while the client's hashes follow its contents.
    public var digest: Data?
    /// Files and bytes of the whole tree.
    public var files: Int
    public var bytes: Int64
    /// Bytes of the stream.
    public var length: Int64
    /// Manifest entries that are to be sent.
    public var missing: Int
    /// Set exactly when it is committed.
    public var tree: ObjectID?
    public var created: Date
    /// When it is given up, if it isn't committed by then.
    public var expires: Date
    /// Of an upload that is an archive.
    public var archive: ArchiveUpload?

    static let select = """
        SELECT up.*, u.id AS owner_id, t.id AS tree_id, \(ArchiveUpload.columns)
        FROM uploads up JOIN users u ON u.pk = up.owner LEFT JOIN trees t ON t.pk = up.tree \(ArchiveUpload.join)
        """

    init(_ columns: Columns) throws {
        id = try columns.id("id")
        owner = try columns.id("owner_id")
        state = try columns.word("state")
        digest = try columns.value("digest")
        files = try columns.value("files")
        bytes = try columns.value("bytes")
        length = try columns.value("length")
        missing = try columns.value("missing")
        tree = try columns.optionalID("tree_id")
        created = try columns.date("created")
        expires = try columns.date("expires")
        archive = try ArchiveUpload(columns)
    }
}

/// An upload to begin.
public struct NewUpload: Sendable, Hashable {
    public var id: ObjectID
    public var owner: ObjectID
    /// nil while the client's hashes follow its contents.
    public var digest: Data?
    public var files: Int
    public var bytes: Int64
    public var length: Int64
    public var missing: Int
    public var created: Date
    public var expires: Date

    public init(
        id: ObjectID = ObjectID(),
        owner: ObjectID,
        digest: Data?,
        files: Int,
        bytes: Int64,
        length: Int64,
        missing: Int,
        created: Date,
        expires: Date
    ) {
        self.id = id
        self.owner = owner
        self.digest = digest
        self.files = files
        self.bytes = bytes
        self.length = length
        self.missing = missing
        self.created = created
        self.expires = expires
    }
}
