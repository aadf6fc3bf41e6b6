public import FloydModel
public import FloydOS
public import FloydTree
import Glibc

extension BlobStore {
    /// The manifest of a tree, opened for reading.
    ///
    /// - Throws: `FloydError` with `notFound` where there is no such tree.
    public func openManifest(_ digest: [UInt8]) throws(FloydError) -> FileDescriptor {
        do throws(SystemError) {
            return try FileDescriptor.open(layout.tree(digest), O_RDONLY | O_NOFOLLOW)
        } catch {
            if error.code == ENOENT {
                throw FloydError(.notFound, "the tree \(Hex.string(digest)) is not stored")
            }
            throw FloydError(storage: error)
        }
    }

    /// Goes through the entries of a tree.
    ///
    /// - Throws: as `openManifest` does.
    public func cursor(of digest: [UInt8]) throws(FloydError) -> ManifestCursor {
        ManifestCursor(owning: try openManifest(digest).release())
    }

    /// The same, for whom most of the lines are of no interest.
    func storedManifest(_ digest: [UInt8]) throws(FloydError) -> StoredManifest {
        StoredManifest(owning: try openManifest(digest).release())
    }

    /// What stands at `path` in a tree.
    ///
    /// - Throws: as `openManifest` does.
    public func find(_ path: String, in digest: [UInt8]) throws(FloydError) -> ManifestSearch.Found? {
        let file = try openManifest(digest)
        let size = try storing { () throws(SystemError) in try file.status().size }
        return try ManifestSearch(descriptor: file.raw, size: size).find(path)
    }

    /// The bytes of a file of a tree, opened for reading.
    ///
    /// - Throws: `FloydError` with `internalError` where the store has lost them, which a tree in it excludes.
    public func openFile(_ entry: ManifestEntry) throws(FloydError) -> FileDescriptor {
        guard let id = ContentID(of: entry) else {
            return try storing { () throws(SystemError) in try FileDescriptor.open("/dev/null", O_RDONLY) }
        }
        do throws(SystemError) {
            let file = try FileDescriptor.open(layout.content(id), O_RDONLY | O_NOFOLLOW)
            guard try file.status().size == entry.size else { throw SystemError("open", code: EIO) }
            return file
        } catch {
            throw FloydError(.internalError, "the content of \(TreePath.quoted(entry.path)) is damaged: \(error)")
        }
    }
}
