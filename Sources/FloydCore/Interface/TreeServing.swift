public import FloydModel
public import FoundationEssentials

/// Reading the trees that are stored: the files of dataset versions, and the code of jobs as it was submitted.
public protocol TreeServing: Sendable {
    /// - Throws: `datasetNotFound` or `jobNotFound` for what isn't there or may not be seen.
    func tree(_ source: TreeSource, as account: Account) async throws -> StoredTree
    /// The manifest, canonical, with all hashes.
    func manifest(of tree: StoredTree) async throws -> OpenedFile
    /// A file of the tree; its validator is its hash.
    ///
    /// - Throws: `notFound` where there is none at that path.
    func file(_ path: String, in tree: StoredTree) async throws -> OpenedFile
    /// A part of the bytes of all files, one after another in the order of the manifest.
    func contents(of tree: StoredTree, in range: Range<Int64>) async throws -> ContentSource
    /// - Throws: `tooLarge` for a zip of too many files.
    func archive(of tree: StoredTree, as format: ArchiveFormat) async throws -> OpenedArchive
}

/// Whose tree is meant.
public enum TreeSource: Sendable, Hashable {
    case version(Reference)
    case code(job: Reference)
}

/// A tree that the account that asked may read.
public struct StoredTree: Sendable, Hashable {
    /// What it is called as a file: `modelnet-1`, `classify-3-code`.
    public var name: String
    /// SHA-256 of the manifest.
    public var digest: [UInt8]
    /// Number of files, and their bytes.
    public var files: Int
    public var bytes: Int64
    /// When the version, or the job, was made.
    public var created: Date

    /// What tells the tree from every other.
    public var validator: String { digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() }

    public init(name: String, digest: [UInt8], files: Int, bytes: Int64, created: Date) {
        self.name = name
        self.digest = digest
        self.files = files
        self.bytes = bytes
        self.created = created
    }
}

/// Brings the next piece of contents, or nil at their end.
public typealias ContentSource = @Sendable () async throws -> ContentPiece?

/// A piece of contents that is ready to be sent.
public enum ContentPiece: Sendable {
    case bytes([UInt8])
    /// `length` bytes of the file behind `descriptor`, which the receiver closes.
    case file(descriptor: Int32, offset: Int64, length: Int64)
}

/// An archive that is ready to be sent; its length isn't known.
public struct OpenedArchive: Sendable {
    /// Its file name.
    public let name: String
    public let source: ByteSource

    public init(name: String, source: @escaping ByteSource) {
        self.name = name
        self.source = source
    }
}
