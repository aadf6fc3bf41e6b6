internal import FloydModel
internal import FloydOS
internal import FloydRun
internal import FloydStore
internal import FoundationEssentials
internal import Glibc

/// Removes layers that no job has used for long, and accounts' downloads for them.
///
/// A layer is renamed before it is removed, so a crash leaves what the next collection removes, and never a part that looks whole.
struct LayerCollector: Sendable {
    /// How long something must have been without use. Whoever wants it again waits for one build.
    static let age = Duration.seconds(14 * 24 * 3_600)
    /// The same of a layer that every change of the code makes anew.
    static let briefAge = Duration.seconds(24 * 3_600)

    let store: Store
    let folder: DataFolder
    let pool: BlockingPool

    /// - Returns: how many layers and folders of downloads were removed.
    func collect(now: Date = Date()) async throws -> Int {
        let active = try await store.jobs.active().map { folder.run(of: $0) }
        let limit = Self.time(Self.age, before: now)
        let briefLimit = Self.time(Self.briefAge, before: now)
        return try await pool.run { [self] in
            let used = Set(active.compactMap { Self.layer(of: $0) })
            var count = try removeLeftovers(folder.layers) + removeLeftovers(folder.caches)
            for name in try Folder.names(in: folder.layers)
            where !name.hasSuffix(".lock") && !name.hasSuffix(Layer.removed) {
                let path = "\(folder.layers)/\(name)"
                let limit = name.hasPrefix(LayerRecipe.briefPrefix) ? briefLimit : limit
                if !used.contains(path), try remove(layer: path, unusedSince: limit) { count += 1 }
            }
            for account in try Folder.names(in: folder.caches) where !account.hasSuffix(".lock") && account != "uv" {
                if try remove(cache: "\(folder.caches)/\(account)", unusedSince: limit) { count += 1 }
            }
            return count
        }
    }

    /// Nanoseconds since 1970.
    private static func time(_ age: Duration, before now: Date) -> Int64 {
        Int64((now.timeIntervalSince1970 - Double(age.components.seconds)) * 1_000_000_000)
    }

    /// The layer that an attempt uses. A worker that has not looked for its layer yet finds it gone, or marks it as used.
    private static func layer(of run: RunDirectory) -> String? {
        guard let bytes = try? DurableFile.read(run.spec, limit: 1 << 26) else { return nil }
        return try? RunSpec(decoding: bytes).layer?.preparation.folder
    }

    private func remove(layer path: String, unusedSince limit: Int64) throws(SystemError) -> Bool {
        // Whoever builds it or marks it as used has the lock.
        guard let lock = try FileLock.tryAcquire("\(path).lock") else { return false }
        // One without a marker was broken off.
        var status = try FileStatus.of("\(path)/complete")
        if status == nil { status = try FileStatus.of(path) }
        guard let status, status.modified < limit else { return false }
        try Folder.rename(path, to: path + Layer.removed)
        _ = consume lock
        try Folder.removeTree(path + Layer.removed)
        return true
    }

    private func remove(cache path: String, unusedSince limit: Int64) throws(SystemError) -> Bool {
        let lockPath = Layer.lock(ofCache: path)
        guard let status = try FileStatus.of(lockPath), status.modified < limit,
            let lock = try FileLock.tryAcquire(lockPath)
        else { return false }
        // The lock's own time stays.
        guard try FileStatus.of(path) != nil else { return false }
        try Folder.rename(path, to: path + Layer.removed)
        _ = consume lock
        try Folder.removeTree(path + Layer.removed)
        return true
    }

    private func removeLeftovers(_ folder: String) throws(SystemError) -> Int {
        var count = 0
        for name in try Folder.names(in: folder) where name.hasSuffix(Layer.removed) {
            try Folder.removeTree("\(folder)/\(name)")
            count += 1
        }
        return count
    }
}
