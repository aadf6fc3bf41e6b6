public import FloydModel
import FloydOS
import FloydTree
import Glibc

/// Compares one tree with what is on the disk.
public struct TreeCheck: Sendable {
    private let store: BlobStore
    public let digest: [UInt8]

    /// What the tree's manifest lists.
    public struct Totals: Sendable, Hashable {
        public var files = 0
        /// Files that have bytes, and these.
        public var withBytes = 0
        public var bytes: Int64 = 0
    }

    public init(_ store: BlobStore, digest: [UInt8]) {
        self.store = store
        self.digest = digest
    }

    /// What is wrong with the manifest itself; nil where it is what the digest says.
    public func manifestFlaw() -> String? {
        let path = store.layout.tree(digest)
        do throws(SystemError) {
            let file = try FileDescriptor.open(path, FileDescriptor.readingQuietly)
            guard try file.status().kind == .file else { return "is not a regular file" }
            return try HashingCopy.hash(file, .sha256).hash.bytes == digest ? nil : "has other bytes than it had"
        } catch {
            return error.code == ENOENT ? "is missing" : "can't be read: \(error)"
        }
    }

    /// Goes through the tree's files: `contents` gets them in batches, with their paths and sizes.
    ///
    /// - Throws: `FloydError` where the manifest can't be read, or what `contents` throws.
    public func totals(_ contents: ([(path: String, id: ContentID, size: Int64)]) throws -> Void) throws -> Totals {
        var totals = Totals()
        var batch: [(path: String, id: ContentID, size: Int64)] = []
        var failure: (any Error)?
        try store.forEachEntry(of: digest) { entry throws(FloydError) in
            guard failure == nil, entry.kind == .file else { return }
            totals.files += 1
            totals.bytes += entry.size
            guard let id = ContentID(of: entry) else { return }
            totals.withBytes += 1
            batch.append((entry.path, id, entry.size))
            guard batch.count == 1_000 else { return }
            do { try contents(batch) } catch { failure = error }
            batch.removeAll(keepingCapacity: true)
        }
        if let failure { throw failure }
        if !batch.isEmpty { try contents(batch) }
        return totals
    }

    /// What is wrong with the tree's folder of links, path by path; nothing where there is none.
    ///
    /// - Parameter limit: tells no more than these.
    public func folderFlaws(limit: Int = 100) throws(FloydError) -> [String] {
        let folder = store.layout.materialised(digest)
        guard try storing({ () throws(SystemError) in try FileStatus.of(folder) }) != nil else { return [] }
        var flaws: [String] = []
        var expected = 0
        try store.forEachEntry(of: digest) { entry throws(FloydError) in
            if entry.kind != .dir { expected += 1 }
            guard flaws.count < limit, let flaw = flaw(of: entry, in: folder) else { return }
            flaws.append("\(TreePath.quoted(entry.path)) \(flaw)")
        }
        var found = 0
        do {
            try FolderWalk.forEachEntry(of: folder, ignoring: { _, _ in false }) { entry, _ throws(FloydError) in
                if entry.kind != .dir { found += 1 }
            }
            if found > expected { flaws.append("there are \(found - expected) files that the tree has not") }
        } catch {
            flaws.append(error.message)
        }
        return flaws
    }

    private func flaw(of entry: ManifestEntry, in folder: String) -> String? {
        let path = "\(folder)/\(entry.path)"
        guard let status = try? FileStatus.of(path) else { return "is missing" }
        switch entry.kind {
        case .dir: return status.kind == .folder ? nil : "is not a folder"
        case .link:
            guard status.kind == .link else { return "is not a link" }
            let target = try? SymbolicLink.target(of: path)
            return target?.elementsEqual((entry.target ?? "").utf8) == true ? nil : "leads elsewhere"
        case .file:
            guard status.kind == .file, status.size == entry.size else { return "is another file" }
            guard status.mode & 0o222 == 0 else { return "is not read-only" }
            guard let id = ContentID(of: entry) else { return nil }
            let content = try? FileStatus.of(store.layout.content(id))
            if let content, content.inode == status.inode { return nil }
            // Where a file can't have one more link it is a copy.
            let file = try? HashingCopy.hash(
                FileDescriptor.open(path, FileDescriptor.readingQuietly),
                store.hashAlgorithm
            )
            return file?.hash == entry.hash ? nil : "has other bytes"
        }
    }

    /// Removes the folder of links and makes it anew.
    ///
    /// - Throws: `FloydError`, also where a content is missing.
    public func rebuildFolder() throws(FloydError) {
        let draft = StoreLayout.draft("removed-\(ObjectID())", in: store.layout.materialised)
        do throws(SystemError) {
            try Folder.rename(store.layout.materialised(digest), to: draft)
        } catch {
            if error.code != ENOENT { throw FloydError(storage: error) }
        }
        _ = try store.materialise(digest)
        try storing { () throws(SystemError) in try Folder.removeTree(draft) }
    }
}
