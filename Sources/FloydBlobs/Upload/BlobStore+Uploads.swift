public import FloydModel
import FloydOS
public import FloydTree
import Glibc

extension BlobStore {
    /// Begins an upload: its manifest comes first.
    public func beginUpload(
        _ id: ObjectID,
        limits: ManifestReader.Limits = .init()
    ) throws(FloydError) -> ManifestReceiver {
        try ManifestReceiver(store: self, id: id, limits: limits)
    }

    /// Begins an upload of a tree that is told from another: what is different comes first.
    ///
    /// - Parameter admit: asked whenever some MiB were written, whether there is room for as many more: a few bytes of changes make a whole manifest.
    /// - Throws: `FloydError` with `baseMismatch` where that tree's manifest isn't there, or is damaged.
    public func beginUpload(
        _ id: ObjectID,
        from base: TreeBase,
        limits: ManifestReader.Limits = .init(),
        admit: @escaping @Sendable (_ bytes: Int64) throws(FloydError) -> Void = { _ in }
    ) throws(FloydError) -> ChangesReceiver {
        try ChangesReceiver(store: self, id: id, from: base, limits: limits, admit: admit)
    }

    /// Bytes of a tree's manifest; 0 where there is none.
    public func manifestSize(of digest: [UInt8]) throws(FloydError) -> Int64 {
        try storing { () throws(SystemError) in try FileStatus.of(layout.tree(digest))?.size ?? 0 }
    }

    /// The upload of this id, planned or committed.
    ///
    /// - Throws: `FloydError` with `notFound` where there is none, or `gone` where a crash of the machine left it unreadable.
    public func upload(_ id: ObjectID) throws(FloydError) -> UploadFolder {
        let paths = UploadPaths(folder: layout.upload(id))
        guard let totals = try? UploadValue.read(UploadTotals.self, from: paths.totals) else {
            // Looked for behind that: it may be given up at any moment.
            guard try storing({ () throws(SystemError) in try FileStatus.of(paths.folder) }) != nil else {
                throw FloydError(.notFound, "there is no upload \(id)")
            }
            throw FloydError(.gone, "the upload \(id) was lost when the server's machine went down")
        }
        return UploadFolder(store: self, id: id, paths: paths, totals: totals)
    }

    /// The ids of all uploads on disk, finished ones included.
    public func uploadIDs() throws(FloydError) -> [ObjectID] {
        try storing { () throws(SystemError) in try Folder.names(in: layout.uploads).compactMap { ObjectID($0) } }
    }

    /// Removes an upload; a tree that it became stays. What is absent is fine.
    ///
    /// - Throws: `FloydError` with `locked` while something writes to it.
    public func removeUpload(_ id: ObjectID) throws(FloydError) {
        let paths = UploadPaths(folder: layout.upload(id))
        guard let lock = try lockIfThere(paths) else { return }
        defer { withExtendedLifetime(lock) {} }
        try storing { () throws(SystemError) in
            // It is gone at once; a crash leaves a draft.
            let removed = StoreLayout.draft(id, in: layout.uploads)
            try Folder.rename(paths.folder, to: removed)
            Failpoint.expiryRenamed.reach()
            try Folder.removeTree(removed)
        }
    }

    /// The lock of an upload; nil where there is none any more.
    private func lockIfThere(_ paths: UploadPaths) throws(FloydError) -> FileLock? {
        do throws(SystemError) {
            if let lock = try FileLock.tryAcquire(paths.lock) {
                // Whoever had it may have removed the folder with the file that is locked now.
                guard try FileStatus.of(paths.lock) != nil else { return nil }
                return lock
            }
        } catch {
            guard error.code == ENOENT else { throw FloydError(storage: error) }
            return nil
        }
        throw UploadFolder.isBusy
    }

    /// The uploads to which nothing came since `time` (nanoseconds since 1970). Something may be about to write to them.
    public func uploads(idleSince time: Int64) throws(FloydError) -> [ObjectID] {
        var idle: [ObjectID] = []
        for id in try uploadIDs() where try lastChange(of: UploadPaths(folder: layout.upload(id))) < time {
            idle.append(id)
        }
        return idle
    }

    /// Whether something writes to the upload now, or makes a tree of it.
    public func isBusy(_ id: ObjectID) throws(FloydError) -> Bool {
        do throws(SystemError) {
            return try FileLock.tryAcquire(UploadPaths(folder: layout.upload(id)).lock) == nil
        } catch {
            guard error.code == ENOENT else { throw FloydError(storage: error) }
            return false
        }
    }

    private func lastChange(of paths: UploadPaths) throws(FloydError) -> Int64 {
        try storing { () throws(SystemError) in
            var last: Int64 = 0
            for path in [paths.folder, paths.hashes, paths.checkpoint] {
                last = max(last, try FileStatus.of(path)?.modified ?? 0)
            }
            return last
        }
    }
}
