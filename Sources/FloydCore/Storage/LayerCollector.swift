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

    /// What became of a collection.
    struct Outcome: Sendable, Hashable {
        /// How many layers and folders of downloads were removed.
        var removed = 0
        /// Why others were not. The next collection tries again.
        var problems: [String] = []

        /// What can't be removed doesn't keep the rest.
        fileprivate mutating func take(_ what: String, _ remove: () throws -> Bool) {
            do {
                if try remove() { removed += 1 }
            } catch {
                problems.append("\(what): \(error)")
            }
        }
    }

    func collect(now: Date = Date()) async throws -> Outcome {
        let active = try await store.jobs.active().map { folder.run(of: $0) }
        let limit = Self.time(Self.age, before: now)
        let briefLimit = Self.time(Self.briefAge, before: now)
        return try await pool.run { [self] in
            var outcome = Outcome()
            for folder in [folder.layers, folder.caches] { try removeLeftovers(folder, &outcome) }
            try removeLayers(active, &outcome) { name in
                name.hasPrefix(LayerRecipe.briefPrefix) ? briefLimit : limit
            }
            for account in try Folder.names(in: folder.caches) where Self.isKept(account) && account != "uv" {
                outcome.take(account) { try remove(cache: "\(folder.caches)/\(account)", unusedSince: limit) }
            }
            return outcome
        }
    }

    /// Removes none if it can't be told which ones attempts use: a job must not lose its packages.
    private func removeLayers(
        _ active: [RunDirectory],
        _ outcome: inout Outcome,
        limit: (_ name: String) -> Int64
    ) throws {
        let used: Set<String>
        do {
            used = Set(try active.compactMap(Self.layer(of:)))
        } catch {
            outcome.problems.append("the layers of running jobs are not known: \(error)")
            return
        }
        for name in try Folder.names(in: folder.layers) where Self.isKept(name) {
            let path = "\(folder.layers)/\(name)"
            if !used.contains(path) { outcome.take(name) { try remove(layer: path, unusedSince: limit(name)) } }
        }
    }

    private static func isKept(_ name: String) -> Bool { !name.hasSuffix(".lock") && !name.hasSuffix(Layer.removed) }

    /// Nanoseconds since 1970.
    private static func time(_ age: Duration, before now: Date) -> Int64 {
        Int64((now.timeIntervalSince1970 - Double(age.components.seconds)) * 1_000_000_000)
    }

    /// The layer that an attempt uses. A worker that has not looked for its layer yet finds it gone, or marks it as used; so does one that
    /// has no spec yet.
    ///
    /// - Throws: if the spec can't be read: a later release may have written it.
    private static func layer(of run: RunDirectory) throws -> String? {
        guard let bytes = try DurableFile.read(run.spec, limit: 1 << 26) else { return nil }
        return try RunSpec(decoding: bytes).layer?.preparation.folder
    }

    private func remove(layer path: String, unusedSince limit: Int64) throws(SystemError) -> Bool {
        // Whoever builds it or marks it as used has the lock.
        guard let lock = try FileLock.tryAcquire("\(path).lock") else { return false }
        // One without a marker was broken off.
        var status = try FileStatus.of("\(path)/complete")
        if status == nil { status = try FileStatus.of(path) }
        guard let status, status.modified < limit else { return false }
        let old = Layer.removedName(of: path)
        try Folder.rename(path, to: old)
        _ = consume lock
        try Folder.removeTree(old)
        return true
    }

    private func remove(cache path: String, unusedSince limit: Int64) throws(SystemError) -> Bool {
        let lockPath = Layer.lock(ofCache: path)
        guard let status = try FileStatus.of(lockPath), status.modified < limit,
            let lock = try FileLock.tryAcquire(lockPath)
        else { return false }
        // The lock's own time stays.
        guard try FileStatus.of(path) != nil else { return false }
        let old = Layer.removedName(of: path)
        try Folder.rename(path, to: old)
        _ = consume lock
        try Folder.removeTree(old)
        return true
    }

    private func removeLeftovers(_ folder: String, _ outcome: inout Outcome) throws(SystemError) {
        for name in try Folder.names(in: folder) where name.hasSuffix(Layer.removed) {
            outcome.take(name) {
                try Folder.removeTree("\(folder)/\(name)")
                return true
            }
        }
    }
}
