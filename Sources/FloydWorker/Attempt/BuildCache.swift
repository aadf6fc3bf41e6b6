internal import FloydOS
internal import FloydRun
internal import Glibc

/// An account's downloads, with which its layers are built.
///
/// The folder is the account's and may hold anything, and as much as it likes: whatever takes long here ends when a stop is requested. The
/// lock beside it is the service's, and its time says when they were used last.
struct BuildCache {
    let layer: Layer
    /// Bytes that the build may use, what is in the folder already included.
    let limit: Int64?
    let supervisor: Supervisor

    private var folder: String { layer.preparation.cacheFolder }

    /// Makes the folder if it isn't there. Waits while somebody empties it. One that takes over half of the limit is emptied, unless another
    /// build uses it.
    ///
    /// - Returns: what is held while the folder is used, so that nobody empties it; nil if a stop is requested.
    func hold() throws -> FileLock? {
        if let limit { try emptyLarge(limit) }
        while goesOn() {
            guard let lock = try FileLock.tryAcquireShared(layer.cacheLock) else {
                supervisor.pause(milliseconds: 100)
                continue
            }
            utimensat(AT_FDCWD, layer.cacheLock, nil, AT_SYMLINK_NOFOLLOW)
            try Folder.create(folder)
            guard let builder = layer.preparation.builder else { return lock }
            try FileDescriptor.open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
                .changeOwner(uid: builder.uid, gid: builder.gid)
            return lock
        }
        return nil
    }

    /// What can't be emptied is used as it is: the limit of the disk holds all the same.
    private func emptyLarge(_ limit: Int64) throws {
        guard let lock = try FileLock.tryAcquire(layer.cacheLock), let size = size(), size > limit / 2 else { return }
        let old = Layer.removedName(of: folder)
        let isRenamed = (try? Folder.rename(folder, to: old)) != nil
        // Others need not wait for the rest. What a stop leaves of it goes with the next collection.
        _ = consume lock
        if isRenamed { try? Folder.removeTree(old, while: goesOn) }
    }

    /// Bytes on the disk; nil if a stop is requested.
    private func size() -> Int64? {
        let walk = DiskWalk([folder])
        while !walk.advance(20_000_000) {
            guard goesOn() else { return nil }
        }
        return walk.bytes
    }

    private func goesOn() -> Bool {
        supervisor.pause(milliseconds: 0)
        return !supervisor.isStopRequested
    }
}
