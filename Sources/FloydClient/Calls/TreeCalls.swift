public import FloydAPI
public import FloydModel

/// A tree that the server keeps: the files of a dataset version, or the code of a job.
public struct RemoteTree: Sendable, Hashable {
    /// What people call it: `alice/datasets/modelnet/1`.
    public let name: String
    let path: String

    public init(_ version: DatasetVersionResponse) {
        name = version.name
        path = APIPath.datasetVersion(Reference(.id(version.id)))
    }

    public init(codeOf job: JobResponse) {
        name = job.name
        path = APIPath.code(of: Reference(.id(job.id)))
    }
}

extension FloydClient {
    /// Gives `receive` the manifest: a line for each entry, with hashes.
    ///
    /// - Parameter restarted: told that it comes again from its beginning.
    /// - Returns: the tree's digest, which is the SHA-256 of all those bytes.
    public func manifest(
        of tree: RemoteTree,
        interrupted: (FloydError) -> Void = { _ in },
        restarted: () throws(FloydError) -> Void = {},
        receive: (UnsafeRawBufferPointer) throws(FloydError) -> Void
    ) throws(FloydError) -> String {
        let tag = try download(
            DownloadRequest(APIPath.manifest(of: tree.path)),
            interrupted: interrupted,
            restarted: restarted,
            receive: receive
        )
        return try Self.validator(tag, of: tree)
    }

    /// Gives `receive` the bytes from `start` to `end` of all files, one after another in the order of the manifest.
    ///
    /// - Parameter digest: the tree's.
    public func contents(
        of tree: RemoteTree,
        digest: String,
        from start: Int64,
        to end: Int64,
        interrupted: (FloydError) -> Void = { _ in },
        receive: (UnsafeRawBufferPointer) throws(FloydError) -> Void
    ) throws(FloydError) {
        try download(
            DownloadRequest(APIPath.contents(of: tree.path), from: start, to: end, tag: "\"\(digest)\""),
            interrupted: interrupted,
            receive: receive
        )
    }

    /// Gives `receive` the bytes of one file from `start` on.
    ///
    /// - Parameter tag: the validator of the file's bytes.
    public func file(
        _ path: String,
        of tree: RemoteTree,
        tag: String,
        from start: Int64 = 0,
        interrupted: (FloydError) -> Void = { _ in },
        receive: (UnsafeRawBufferPointer) throws(FloydError) -> Void
    ) throws(FloydError) {
        try download(
            DownloadRequest(APIPath.file(path, of: tree.path), from: start, tag: "\"\(tag)\""),
            interrupted: interrupted,
            receive: receive
        )
    }

    /// Size of one file, and the validator of its bytes.
    public func file(_ path: String, of tree: RemoteTree) throws(FloydError) -> (size: Int64, tag: String) {
        let (length, tag) = try described(APIPath.file(path, of: tree.path))
        return (length, try Self.validator(tag, of: tree))
    }

    /// As `state(of:)`, but a refusal is told in the server's words, for which HEAD has no room.
    private func described(_ path: String) throws(FloydError) -> (length: Int64, tag: String?) {
        do throws(FloydError) {
            return try state(of: path)
        } catch {
            guard error.code == .notFound else { throw error }
            // Whatever is there is only small where it is a refusal.
            try exchange(TransportRequest("GET", path, headers: [("Range", "bytes=0-0")], timeout: Self.patience))
            throw error
        }
    }

    private static func validator(_ tag: String?, of tree: RemoteTree) throws(FloydError) -> String {
        guard let tag, tag.hasPrefix("\""), tag.hasSuffix("\""), tag.utf8.count > 2 else {
            throw FloydError(.protocolViolation, "the server doesn't say which state of \(tree.name) it sends")
        }
        return String(tag.dropFirst().dropLast())
    }
}
