public import FloydModel
public import FoundationEssentials

/// A project or a dataset; `name.collection` says which.
public struct ResourceRecord: Sendable, Hashable {
    let pk: Int64
    public var id: ObjectID
    public var name: ResourceName
    /// The owner's account.
    public var owner: ObjectID
    /// Whether every account may see it.
    public var isPublic: Bool
    public var created: Date

    /// The columns `init` reads, of a projects or datasets table `r` and its owner `u`.
    static let columns = "r.pk, r.id, r.name, r.public, r.created, u.id AS owner_id, u.name AS owner_name"

    init(_ columns: Columns, _ collection: FloydModel.Collection) throws {
        pk = try columns.value("pk")
        id = try columns.id("id")
        name = ResourceName(
            owner: try columns.name("owner_name"),
            collection: collection,
            name: try columns.name("name")
        )
        owner = try columns.id("owner_id")
        isPublic = try columns.value("public")
        created = try columns.date("created")
    }
}

public typealias ProjectRecord = ResourceRecord
public typealias DatasetRecord = ResourceRecord

/// A tree of files that is whole and durable: a code snapshot or the files of a dataset version.
public struct TreeRecord: Sendable, Hashable {
    public var id: ObjectID
    public var owner: ObjectID
    /// SHA-256 of the manifest.
    public var digest: Data
    public var files: Int
    /// Bytes of all files.
    public var bytes: Int64
    public var created: Date
    /// Until when it is kept whatever needs it.
    public var neededUntil: Date

    static let select = "SELECT t.*, u.id AS owner_id FROM trees t JOIN users u ON u.pk = t.owner"

    init(_ columns: Columns) throws {
        id = try columns.id("id")
        owner = try columns.id("owner_id")
        digest = try columns.value("digest")
        files = try columns.value("files")
        bytes = try columns.value("bytes")
        created = try columns.date("created")
        neededUntil = try columns.date("needed_until")
    }
}

/// What a store of contents keeps once: bytes, and whether they are executable.
public struct TreeContent: Sendable, Hashable {
    /// 32 bytes.
    public var hash: Data
    public var isExecutable: Bool

    public init(hash: Data, isExecutable: Bool) {
        self.hash = hash
        self.isExecutable = isExecutable
    }

    /// Gives each content of a tree, with its bytes, to the closure it is handed; one that the tree has several times as often.
    public typealias Source = (_ insert: (TreeContent, Int64) throws -> Void) throws -> Void
}

/// An immutable version of a dataset.
public struct DatasetVersionRecord: Sendable, Hashable {
    let pk: Int64
    public var id: ObjectID
    public var name: NumberedName
    public var dataset: ObjectID
    public var owner: ObjectID
    public var tree: ObjectID
    /// SHA-256 of the tree's manifest.
    public var digest: Data
    public var files: Int
    /// Bytes of all files.
    public var bytes: Int64
    /// Bytes of the files whose contents the version before had, too, when this one was made; nil where nobody knows.
    public var shared: Int64?
    public var message: String?
    public var isPublic: Bool
    public var created: Date

    /// Leaves out what is deleted: that has no tree.
    static let select = """
        SELECT v.pk, v.id, v.number, v.message, v.created, v.shared, d.id AS dataset_id, d.name AS dataset_name, d.public,
            u.id AS owner_id, u.name AS owner_name, t.id AS tree_id, t.digest, t.files, t.bytes
        FROM dataset_versions v JOIN datasets d ON d.pk = v.dataset JOIN users u ON u.pk = v.owner
            JOIN trees t ON t.pk = v.tree
        """

    init(_ columns: Columns) throws {
        pk = try columns.value("pk")
        id = try columns.id("id")
        let resource = ResourceName(
            owner: try columns.name("owner_name"),
            collection: .datasets,
            name: try columns.name("dataset_name")
        )
        name = NumberedName(resource, try columns.value("number"))
        dataset = try columns.id("dataset_id")
        owner = try columns.id("owner_id")
        tree = try columns.id("tree_id")
        digest = try columns.value("digest")
        files = try columns.value("files")
        bytes = try columns.value("bytes")
        shared = try columns.value("shared")
        message = try columns.value("message")
        isPublic = try columns.value("public")
        created = try columns.date("created")
    }
}
