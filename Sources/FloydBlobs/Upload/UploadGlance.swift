public import FloydModel

/// How far an upload is, seen in passing: nobody is kept from it, and nothing is waited for or made durable.
public struct UploadGlance: Sendable, Hashable {
    /// Bytes of the stream.
    public let length: Int64
    /// Bytes of it that are on the disk for certain. While something is sent there may be more.
    public let offset: Int64
    /// Whether nothing can be made of it any more.
    public let hasFailed: Bool
}

extension BlobStore {
    /// How far the upload of this id is; nil where nothing of it is there that can be read.
    public func glance(at id: ObjectID) throws(FloydError) -> UploadGlance? {
        let paths = UploadPaths(folder: layout.upload(id))
        guard let totals = try UploadValue.readIfWhole(UploadTotals.self, from: paths.totals) else { return nil }
        let isCommitted = try UploadValue.readIfWhole(CommittedTree.self, from: paths.committed) != nil
        let checkpoint = try UploadValue.readIfWhole(UploadCheckpoint.self, from: paths.checkpoint)
        return UploadGlance(
            length: totals.length,
            offset: isCommitted ? totals.length : checkpoint?.offset ?? 0,
            hasFailed: try UploadValue.readIfWhole(String.self, from: paths.failure) != nil
        )
    }
}
