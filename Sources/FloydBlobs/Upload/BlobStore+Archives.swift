public import FloydModel
import FloydOS
import FloydTree
import Glibc

extension BlobStore {
    /// Begins the upload of an archive of `length` bytes: they are received as those of any upload, and unpacked afterwards.
    public func beginArchive(_ id: ObjectID, length: Int64) throws(FloydError) -> UploadFolder {
        let manifest = try beginUpload(id)
        do {
            // One file without a hash, so that all of it is to be sent.
            try manifest.append(ManifestCoding.line(ManifestEntry(path: "archive", kind: .file, size: length)))
            var folder = try manifest.finish()
            folder.totals.isArchive = true
            try folder.planMissing { $0.map { _ in false } }
            return folder
        } catch {
            try? manifest.abandon()
            throw error as? FloydError ?? FloydError(.internalError, "\(error)")
        }
    }

    /// Begins to receive an archive of unknown length in one go.
    public func receiveArchive(_ id: ObjectID, limit: Int64) throws(FloydError) -> ArchiveReceiver {
        let folder = StoreLayout.draft("archive-\(id)", in: layout.uploads)
        return try ArchiveReceiver(folder: folder, limit: limit)
    }
}

extension UploadFolder {
    /// Whether all bytes of an archive have come, as far as can be seen without keeping anybody from sending more.
    public func seemsWhole() throws(FloydError) -> Bool {
        try storing { () throws(SystemError) in try FileStatus.of(paths.stagedFile(0))?.size == totals.length }
    }

    /// The archive of an upload to which all bytes have come. Nothing else happens to the upload as long as the answer is held.
    ///
    /// - Throws: `FloydError`: `conflict` where bytes are missing, `locked` while somebody else is at it.
    public func holdArchive() throws(FloydError) -> HeldArchive {
        let status = try status()
        guard status.state == .complete else {
            throw FloydError(
                .conflict,
                "\(totals.length - status.offset) of the upload's \(totals.length) bytes are missing",
                hint: "Send the rest, from byte \(status.offset)."
            )
        }
        return HeldArchive(lock: try lock(), path: paths.stagedFile(0), size: totals.length)
    }
}

/// An archive that is whole, and that nobody removes.
public final class HeldArchive: Sendable {
    private let lock: FileLock
    public let path: String
    /// Bytes.
    public let size: Int64

    init(lock: consuming FileLock, path: String, size: Int64) {
        self.lock = lock
        self.path = path
        self.size = size
    }
}
