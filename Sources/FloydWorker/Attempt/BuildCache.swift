internal import FloydOS
internal import FloydRun
internal import Glibc

/// An account's downloads, with which its layers are built.
///
/// The folder is the account's and may hold anything; the lock beside it is the service's, and its time says when they were used last.
enum BuildCache {
    /// Makes the folder if it isn't there. Waits while somebody empties it.
    ///
    /// - Parameter limit: bytes that the build may use, what is in the folder already included. A folder that takes over half of them is
    ///   emptied, unless another build uses it.
    /// - Returns: what is held while the folder is used, so that nobody empties it.
    static func hold(_ layer: Layer, limit: Int64?) throws -> FileLock {
        let folder = layer.preparation.cacheFolder
        if let limit { try emptyLarge(folder, layer.cacheLock, limit: limit) }
        let lock = try FileLock.acquireShared(layer.cacheLock)
        utimensat(AT_FDCWD, layer.cacheLock, nil, AT_SYMLINK_NOFOLLOW)
        try Folder.create(folder)
        guard let builder = layer.preparation.builder else { return lock }
        try FileDescriptor.open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
            .changeOwner(uid: builder.uid, gid: builder.gid)
        return lock
    }

    private static func emptyLarge(_ folder: String, _ lockPath: String, limit: Int64) throws {
        guard let lock = try FileLock.tryAcquire(lockPath), size(of: folder) > limit / 2 else { return }
        let old = folder + Layer.removed
        try Folder.removeTree(old)
        try Folder.rename(folder, to: old)
        // Others need not wait for the rest.
        _ = consume lock
        try Folder.removeTree(old)
    }

    /// Bytes on the disk.
    private static func size(of folder: String) -> Int64 {
        let walk = DiskWalk([folder])
        while !walk.advance(1_000_000_000) {}
        return walk.bytes
    }
}
