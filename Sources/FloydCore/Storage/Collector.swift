internal import FloydBlobs
internal import FloydModel
internal import FloydOS
internal import FloydStore
internal import FoundationEssentials

/// What a collection removed, or would remove.
public struct CollectionReport: Sendable, Hashable {
    /// Uploads that nobody finished in time.
    public var expiredUploads = 0
    /// Notes of uploads that became trees, kept for as long as somebody might ask again.
    public var spentUploads = 0
    /// Trees that no version, job or upload needs.
    public var trees = 0
    /// Contents that are in no tree.
    public var contents = 0
    /// Bytes of the disk that are free by it.
    public var bytes: Int64 = 0
    /// What was left for another time, because uploads went on without a pause.
    public var postponed = 0

    public var isEmpty: Bool { self == CollectionReport() }
}

/// Removes what nothing needs any more: uploads whose time is over, trees, their folders of links, and contents.
///
/// The database forgets first, so a crash leaves files that nothing names, for the next collection. So does one whose task is cancelled: it stops
/// soon.
struct Collector: Sendable {
    let store: Store
    let blobs: BlobStore
    let uploads: UploadService
    /// For what takes long.
    let pool: BlockingPool

    /// - Returns: what was done, which is less than there was where the task was cancelled.
    /// - Throws: `FloydError` with `locked` while another collection is under way, of whatever process; `CancellationError`.
    func collect(isDryRun: Bool, now: Date = Date()) async throws -> CollectionReport {
        let lock = try await pool.run { [blobs] in try blobs.lockForCollection() }
        defer { lock.release() }
        var report = CollectionReport()
        if isDryRun {
            report.expiredUploads = try await store.uploads.expired(at: now, limit: .max).count
            report.spentUploads = try await store.collection.spentUploads(at: now)
            report.trees = try await countTrees(at: now)
        } else {
            report.expiredUploads = try await uploads.removeExpired(now: now)
            report.spentUploads = try await forgetSpentUploads(at: now)
            report.trees = try await forgetTrees(at: now)
            try await forgetRequestKeys(at: now)
        }
        let (files, contents) = try await sweep(neededAt: isDryRun ? now : nil, lock)
        report.trees = max(report.trees, files.count)
        report.contents = contents.count
        report.bytes = files.bytes + contents.bytes
        report.postponed = files.postponed + contents.postponed
        return report
    }

    /// Removes files that nothing needs.
    ///
    /// - Parameter time: when what is needed is asked for, where nothing is to be removed.
    private func sweep(
        neededAt time: Date?,
        _ lock: CollectionLock
    ) async throws -> (trees: StoreSweep.Outcome, contents: StoreSweep.Outcome) {
        let wish = Wish()
        return try await withTaskCancellationHandler {
            try await pool.run { try sweep(neededAt: time, lock, wish) }
        } onCancel: {
            wish.end()
        }
    }

    private func sweep(
        neededAt time: Date?,
        _ lock: CollectionLock,
        _ wish: Wish
    ) throws -> (trees: StoreSweep.Outcome, contents: StoreSweep.Outcome) {
        var sweep = StoreSweep(blobs, isDryRun: time != nil, lock, while: { wish.goesOn })
        try sweep.removeDrafts()
        try sweep.countUploads()
        let files = try sweep.removeTrees { digests in
            try store.collection.haveTrees(digests.map { Data($0) }, neededAt: time)
        }
        let contents = try sweep.removeContents { contents in
            try store.collection.areInTrees(contents.map(TreeContent.init), neededAt: time)
        }
        try sweep.removeBlockLists()
        return (files, contents)
    }

    private static let batch = 1_000

    private func forgetSpentUploads(at now: Date) async throws -> Int {
        // A write is a sync of the disk, also one that changes nothing.
        guard try await store.collection.spentUploads(at: now) > 0 else { return 0 }
        var count = 0
        while true {
            let deleted = try await store.collection.deleteSpentUploads(at: now, limit: Self.batch)
            count += deleted
            if deleted < Self.batch || Task.isCancelled { return count }
        }
    }

    /// Keys of requests that are too old to be repeated. They take no room worth a word in the report.
    private func forgetRequestKeys(at now: Date) async throws {
        guard try await store.requestKeys.expired(at: now) > 0 else { return }
        while try await store.requestKeys.deleteExpired(at: now, limit: Self.batch) == Self.batch, !Task.isCancelled {}
    }

    /// One after the other: each is a transaction for which all other writes wait.
    private func forgetTrees(at now: Date) async throws -> Int {
        var count = 0
        while true {
            let trees = try await store.collection.unneededTrees(at: now, limit: Self.batch)
            for tree in trees {
                if Task.isCancelled { return count }
                guard try await store.collection.delete(tree, at: now) else { continue }
                count += 1
                Failpoint.collectForgotten.reach()
            }
            if trees.count < Self.batch { return count }
        }
    }

    private func countTrees(at now: Date) async throws -> Int {
        var count = 0
        var last: CollectionQueries.Tree?
        while true {
            let trees = try await store.collection.unneededTrees(at: now, behind: last, limit: Self.batch)
            count += trees.count
            last = trees.last
            if trees.count < Self.batch { return count }
        }
    }
}
