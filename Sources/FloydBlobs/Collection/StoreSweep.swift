public import FloydModel
import FloydOS
import FloydTree
import Glibc
import Synchronization

/// Held by who collects: one at a time, of whatever process.
public final class CollectionLock: Sendable {
    private let lock: Mutex<FileLock?>

    fileprivate init(_ lock: consuming FileLock) {
        self.lock = Mutex(lock)
    }

    /// Lets the next one collect. Without it that happens when the last of those who know the lock forgets it, whenever that is.
    public func release() {
        lock.withLock { $0 = nil }
    }
}

extension BlobStore {
    /// - Throws: `FloydError` with `locked` while another collection is under way.
    public func lockForCollection() throws(FloydError) -> CollectionLock {
        guard let lock = try storing({ () throws(SystemError) in try FileLock.tryAcquire(layout.collector) }) else {
            throw FloydError(
                .locked,
                "another collection is under way",
                hint: "Wait until it has ended; the server collects by itself, too."
            )
        }
        return CollectionLock(lock)
    }
}

/// One collection of what nothing needs.
///
/// What is needed the caller knows, who has forgotten the trees that nothing needs before, with the lock held. Everything is looked at twice, the
/// second time with the gate closed, so that nothing that is planned or committed meanwhile is hurt. A crash leaves garbage for the next one, and so
/// does one that is told to stop.
public struct StoreSweep: Sendable {
    private let store: BlobStore
    private let isDryRun: Bool
    private let lock: CollectionLock
    private let patience: Duration
    private let batch: Int
    private let isWanted: @Sendable () -> Bool
    private var counted = CountedContents()

    /// What was removed, or would be.
    public struct Outcome: Sendable, Hashable {
        public var count = 0
        /// Bytes that are free by it: those of files that had no other name.
        public var bytes: Int64 = 0
        /// How many were left for another time, because uploads were being planned or committed without a pause.
        public var postponed = 0

        public init() {}
    }

    /// - Parameters:
    ///   - isDryRun: whether to remove nothing.
    ///   - patience: how long to wait for the gate, each time.
    ///   - batch: how many files at most are removed while the gate is closed.
    ///   - isWanted: asked before each removal: once it isn't, which must be for good, nothing more is removed, and what was is told.
    public init(
        _ store: BlobStore,
        isDryRun: Bool,
        _ lock: CollectionLock,
        patience: Duration = .seconds(10),
        batch: Int = 1_000,
        while isWanted: @escaping @Sendable () -> Bool = { true }
    ) {
        self.store = store
        self.isDryRun = isDryRun
        self.patience = patience
        self.batch = batch
        self.isWanted = isWanted
        self.lock = lock
    }

    /// Waits for whoever plans an upload with what a tree had that has no row any more, then looks what uploads count on.
    ///
    /// - Throws: `FloydError` with `unavailable` where there is no end of planning.
    public mutating func countUploads() throws(FloydError) {
        guard isWanted() else { return }
        guard let gate = try store.gate.close(within: patience) else {
            throw FloydError(.unavailable, "uploads are begun without a pause", hint: "Try again later.")
        }
        _ = consume gate
        counted = try CountedContents(in: store, while: isWanted)
    }

    /// Removes what collections and intakes left that were cut short.
    public func removeDrafts() throws(FloydError) {
        guard !isDryRun else { return }
        try storing { () throws(SystemError) in
            for name in try Folder.names(in: store.layout.materialised)
            where name.hasPrefix(Self.removedMark) && isWanted() {
                try Folder.removeTree("\(store.layout.materialised)/\(name)", while: isWanted)
            }
            for name in try Folder.names(in: store.layout.uploads)
            where name.hasPrefix(StoreLayout.draftMark + IntakePaths.mark) && isWanted() {
                try BlobStore.removeDraft("\(store.layout.uploads)/\(name)", while: isWanted)
            }
        }
    }

    /// Removes the lists of blocks of contents that are there no longer. One that is wanted again is made again.
    public func removeBlockLists() throws(FloydError) {
        guard !isDryRun else { return }
        try storing { () throws(SystemError) in
            for name in try Folder.names(in: store.layout.blocks) where !name.hasPrefix(StoreLayout.draftMark) {
                guard isWanted() else { return }
                let hash = name.prefix { $0 != "-" }
                let content = "\(store.layout.contents)/\(hash.prefix(2))/\(hash.dropFirst(2))"
                if try FileStatus.of(content) == nil, try FileStatus.of(content + ".x") == nil {
                    try Folder.removeTree("\(store.layout.blocks)/\(name)", while: isWanted)
                }
            }
        }
    }

    private static let removedMark = StoreLayout.draftMark + "removed-"

    /// Removes manifests and folders of links of trees that nobody has.
    ///
    /// - Parameter isNeeded: which of these digests are those of trees.
    public func removeTrees(isNeeded: ([[UInt8]]) throws -> [Bool]) throws -> Outcome {
        let layout = store.layout
        let names = try storing { () throws(SystemError) in
            Set(try Folder.names(in: layout.trees)).union(try Folder.names(in: layout.materialised))
        }
        let digests = names.compactMap { Hex.bytes(Array($0.utf8)) }.filter { $0.count == FileHasher.length }
        var outcome = Outcome()
        try forEachBatch(of: digests) { batch in
            let unneeded = try filter(batch, isNeeded)
            guard !unneeded.isEmpty else { return }
            if isDryRun { return outcome.count += unneeded.count }
            guard let gate = try store.gate.close(within: patience) else {
                return outcome.postponed += unneeded.count
            }
            var removed: [String] = []
            // A tree goes with its folder of links or not at all.
            for digest in try filter(unneeded, isNeeded) where isWanted() {
                outcome.bytes += try remove(layout.tree(digest)) ?? 0
                Failpoint.collectManifest.reach()
                if let draft = try setAside(digest) { removed.append(draft) }
                outcome.count += 1
            }
            _ = consume gate
            // Those that stay are drafts, which the next collection removes.
            for draft in removed where isWanted() {
                try storing { () throws(SystemError) in try Folder.removeTree(draft, while: isWanted) }
            }
        }
        return outcome
    }

    private func filter(
        _ digests: [[UInt8]],
        _ isNeeded: ([[UInt8]]) throws -> [Bool]
    ) throws -> [[UInt8]] {
        zip(digests, try isNeeded(digests)).filter { !$1 && !counted.trees.contains($0) }.map(\.0)
    }

    /// Takes the folder of links away at once; to remove it takes longer.
    private func setAside(_ digest: [UInt8]) throws(FloydError) -> String? {
        let draft = "\(store.layout.materialised)/\(Self.removedMark)\(ObjectID())"
        do throws(SystemError) {
            try Folder.rename(store.layout.materialised(digest), to: draft)
        } catch {
            if error.code == ENOENT { return nil }
            throw FloydError(storage: error)
        }
        Failpoint.collectFolder.reach()
        return draft
    }

    /// Removes contents that are in no tree, and that no unfinished upload counts on.
    ///
    /// - Parameter isNeeded: which of these are in trees.
    public func removeContents(isNeeded: ([ContentID]) throws -> [Bool]) throws -> Outcome {
        var outcome = Outcome()
        for byte in UInt8.min...UInt8.max where isWanted() {
            let folder = Hex.string([byte])
            let path = "\(store.layout.contents)/\(folder)"
            let names = try storing { () throws(SystemError) in try Folder.names(in: path) }
            // What has another name is no content, and the check's to tell.
            let ids = names.compactMap { ContentID(folder: folder, name: $0) }
            try forEachBatch(of: ids) { try removeContents(among: $0, isNeeded, &outcome) }
        }
        return outcome
    }

    private func removeContents(
        among ids: [ContentID],
        _ isNeeded: ([ContentID]) throws -> [Bool],
        _ outcome: inout Outcome
    ) throws {
        let unneeded = zip(ids, try isNeeded(ids)).filter { !$1 && !counted.contains($0) }.map(\.0)
        guard !unneeded.isEmpty else { return }
        if isDryRun {
            for id in unneeded {
                outcome.count += 1
                outcome.bytes += try freed(store.layout.content(id)) ?? 0
            }
            return
        }
        guard let gate = try store.gate.close(within: patience) else { return outcome.postponed += unneeded.count }
        defer { withExtendedLifetime(gate) {} }
        for (id, isNeeded) in zip(unneeded, try isNeeded(unneeded)) where !isNeeded && isWanted() {
            guard let bytes = try remove(store.layout.content(id)) else { continue }
            outcome.count += 1
            outcome.bytes += bytes
            Failpoint.collectContent.reach()
        }
    }

    /// Removes a file.
    ///
    /// - Returns: the bytes that are free by it; nil where there was none.
    private func remove(_ path: String) throws(FloydError) -> Int64? {
        guard let bytes = try freed(path) else { return nil }
        guard unlink(path) == 0 || errno == ENOENT else { throw FloydError(storage: SystemError("unlink", path: path)) }
        return bytes
    }

    private func freed(_ path: String) throws(FloydError) -> Int64? {
        guard let status = try storing({ () throws(SystemError) in try FileStatus.of(path) }) else { return nil }
        return status.links > 1 ? 0 : status.size
    }

    private func forEachBatch<Item>(of items: [Item], _ body: ([Item]) throws -> Void) rethrows {
        var rest = items[...]
        while !rest.isEmpty, isWanted() {
            try body(Array(rest.prefix(batch)))
            rest = rest.dropFirst(batch)
        }
    }
}
