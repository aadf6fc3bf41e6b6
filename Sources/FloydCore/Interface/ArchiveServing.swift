public import FloydAPI
public import FloydModel

/// Archives that become versions of datasets.
public protocol ArchiveServing: Sendable {
    /// Bytes of an archive at most.
    var maximumSize: Int64 { get }
    /// Begins an upload of `length` bytes, which are then received as those of any upload.
    ///
    /// - Parameter once: a second such request is answered with the upload of the first, as it is then.
    func begin(_ archive: NewArchive, length: Int64, once: RequestKey?, as account: Account) async throws
        -> UploadResponse
    /// Makes the version of an upload to which all bytes have come, unless that was done; durable when this returns. It goes on where the caller is cancelled.
    ///
    /// - Returns: the upload as it is then; nil where it is no archive, or bytes are missing.
    /// - Throws: why no version can be made of it.
    func settle(_ id: ObjectID, as account: Account) async throws -> UploadResponse?
    /// Takes an archive in one go; the version is durable when this returns. Where it throws, nothing of it is left.
    ///
    /// - Parameters:
    ///   - length: bytes, where they are known.
    ///   - once: a second such request with the same content is answered with the version of the first. The content is read to be compared, and neither kept nor
    ///     unpacked.
    func put(_ archive: NewArchive, length: Int64?, once: RequestKey?, body: ByteSource, as account: Account)
        async throws -> DatasetVersionResponse
}

/// An archive to take.
public struct NewArchive: Sendable, Hashable {
    /// Names a dataset of the account's, which is made where there is none.
    public var dataset: String
    /// What the version's message is where there is no other.
    public var filename: String?
    public var message: String?
    /// Upload-Metadata as it came (tus 1.0, Creation).
    public var metadata: String?

    public init(dataset: String, filename: String?, message: String?, metadata: String? = nil) {
        self.dataset = dataset
        self.filename = filename
        self.message = message
        self.metadata = metadata
    }
}
