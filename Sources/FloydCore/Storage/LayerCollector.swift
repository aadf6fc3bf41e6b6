internal import FloydModel
internal import FloydOS
internal import FloydRun
internal import FloydStore
internal import FoundationEssentials
internal import Glibc

/// Removes layers that no job has used for long, and accounts' downloads for them; when the disk is short, those that no job uses now, too, one after
/// the other, until it isn't: whoever wants one again waits for a build, and whoever has no room for results has lost them.
///
/// A layer is renamed before it is removed, so a crash leaves what the next collection removes, and never a part that looks whole.
struct LayerCollector: Sendable {
    /// How long something must have been without use. Whoever wants it again waits for one build.
    static let age = Duration.seconds(14 * 24 * 3_600)
    /// The same of a layer that every change of the code makes anew.
    static let briefAge = Duration.seconds(24 * 3_600)
    /// The same when the disk is short. The times of files are some milliseconds behind the clock.
    static let leastAge = Duration.seconds(30)

    let store: Store
    let folder: DataFolder
    let pool: BlockingPool
    /// Whether less than the reserve is left on the disk.
    let isDiskShort: @Sendable () -> Bool

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

    /// When what is still there must have been used last, in nanoseconds since 1970.
    private struct Limits: Sendable {
        let ordinary: Int64
        let brief: Int64
        let short: Int64

        init(_ now: Date) {
            func time(_ age: Duration) -> Int64 {
                Int64((now.timeIntervalSince1970 - Double(age.components.seconds)) * 1_000_000_000)
            }
            ordinary = time(age)
            brief = time(briefAge)
            short = time(leastAge)
        }
    }

    func collect(now: Date = Date()) async throws -> Outcome {
        // Before the jobs are asked for: what a job uses that begins later is used after this.
        let limits = Limits(now)
        let active = try await store.jobs.active().map { folder.run(of: $0) }
        let wish = Wish()
        return try await withTaskCancellationHandler {
            try await pool.run { [self] in try collect(active, limits, wish) }
        } onCancel: {
            wish.end()
        }
    }

    private func collect(_ active: [RunDirectory], _ limits: Limits, _ wish: Wish) throws -> Outcome {
        var outcome = Outcome()
        for folder in [folder.layers, folder.caches] { try removeLeftovers(folder, &outcome, wish) }
        let places = try unused(active, &outcome)
        for place in places where wish.goesOn {
            let limit = place.isBrief ? limits.brief : limits.ordinary
            outcome.take(place.name) { try remove(place, unusedSince: limit, wish) }
        }
        guard isDiskShort() else { return outcome }
        let left = try places.compactMap { place in try place.lastUse.map { (place: place, used: $0) } }
        for (place, _) in left.sorted(by: { $0.used < $1.used }) where wish.goesOn && isDiskShort() {
            outcome.take(place.name) { try remove(place, unusedSince: limits.short, wish) }
        }
        return outcome
    }

    /// A folder that may be removed.
    private struct Place {
        let name: String
        let path: String
        let lock: String
        /// What shows by its time when it was used last; the first that is there.
        let signs: [String]
        var isBrief: Bool { name.hasPrefix(LayerRecipe.briefPrefix) }

        /// A layer without a marker was broken off.
        static func layer(_ name: String, in folder: String) -> Place {
            let path = "\(folder)/\(name)"
            return Place(name: name, path: path, lock: "\(path).lock", signs: ["\(path)/complete", path])
        }

        static func cache(_ name: String, in folder: String) -> Place {
            let path = "\(folder)/\(name)"
            let lock = Layer.lock(ofCache: path)
            return Place(name: name, path: path, lock: lock, signs: [lock])
        }

        /// Nanoseconds since 1970; nil if nothing shows it.
        var lastUse: Int64? {
            get throws(SystemError) {
                for sign in signs {
                    if let status = try FileStatus.of(sign) { return status.modified }
                }
                return nil
            }
        }
    }

    /// The layers that no attempt uses, and the downloads. No layers if it can't be told which ones are used: a job must not lose its packages.
    private func unused(_ active: [RunDirectory], _ outcome: inout Outcome) throws -> [Place] {
        let caches = try Folder.names(in: folder.caches).filter { Self.isKept($0) && $0 != "uv" }
            .map { Place.cache($0, in: folder.caches) }
        let used: Set<String>
        do {
            used = Set(try active.compactMap(Self.layer(of:)))
        } catch {
            outcome.problems.append("the layers of running jobs are not known: \(error)")
            return caches
        }
        let layers = try Folder.names(in: folder.layers).filter(Self.isKept).map { Place.layer($0, in: folder.layers) }
        return layers.filter { !used.contains($0.path) } + caches
    }

    private static func isKept(_ name: String) -> Bool { !name.hasSuffix(".lock") && !name.hasSuffix(Layer.removed) }

    /// The layer that an attempt uses. A worker that has not looked for its layer yet finds it gone, or marks it as used; so does one that
    /// has no spec yet.
    ///
    /// - Throws: if the spec can't be read: a later release may have written it.
    private static func layer(of run: RunDirectory) throws -> String? {
        guard let bytes = try DurableFile.read(run.spec, limit: 1 << 26) else { return nil }
        return try RunSpec(decoding: bytes).layer?.preparation.folder
    }

    private func remove(_ place: Place, unusedSince limit: Int64, _ wish: Wish) throws(SystemError) -> Bool {
        guard let used = try place.lastUse, used < limit,
            // Whoever builds it, marks it as used or downloads into it has the lock.
            let lock = try FileLock.tryAcquire(place.lock),
            // Somebody may have had it meanwhile. Of a cache the lock's own time stays, when the folder is gone.
            let used = try place.lastUse, used < limit, try FileStatus.of(place.path) != nil
        else { return false }
        let old = Layer.removedName(of: place.path)
        try Folder.rename(place.path, to: old)
        _ = consume lock
        // What is left of it goes with the next collection.
        try Folder.removeTree(old, while: { wish.goesOn })
        return true
    }

    private func removeLeftovers(_ folder: String, _ outcome: inout Outcome, _ wish: Wish) throws(SystemError) {
        for name in try Folder.names(in: folder) where name.hasSuffix(Layer.removed) {
            outcome.take(name) {
                try Folder.removeTree("\(folder)/\(name)", while: { wish.goesOn })
                return true
            }
        }
    }
}
