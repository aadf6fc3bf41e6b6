internal import FloydBlobs
internal import FloydModel
internal import FloydOS
internal import FloydStore
internal import FoundationEssentials

/// Sees to it that data leave the disk's reserve to jobs and the database, and that no account's data are over its quota.
struct StorageGuard: Sendable {
    let store: Store
    let blobs: BlobStore
    let quota: Int64
    let quotas: [Name: Int64]
    /// Bytes of the disk that data leave free.
    let reserve: Int64
    private let free: @Sendable () -> Int64?

    init(store: Store, blobs: BlobStore, settings: ServerConfiguration.StorageSettings) {
        let folder = blobs.folder
        let reserve = settings.reserve ?? Self.usualReserve(FileSystem.size(folder) ?? 0)
        self.init(store: store, blobs: blobs, settings: settings, reserve: reserve) { FileSystem.free(folder) }
    }

    init(
        store: Store,
        blobs: BlobStore,
        settings: ServerConfiguration.StorageSettings,
        reserve: Int64,
        free: @escaping @Sendable () -> Int64?
    ) {
        self.store = store
        self.blobs = blobs
        quota = settings.quota
        quotas = settings.quotas
        self.reserve = reserve
        self.free = free
    }

    /// A twentieth of a disk of that size, and no more than 10 GiB.
    static func usualReserve(_ size: Int64) -> Int64 { min(size / 20, 10 << 30) }

    /// Refuses an upload that is over the account's quota together with all else that it has, the upload's own row included, or that the disk
    /// has no room for.
    ///
    /// - Throws: `FloydError` with `outOfSpace`.
    func admit(_ length: Int64, for owner: ObjectID) async throws {
        guard length > 0 else { return }
        try checkDisk(for: length)
        guard let quota = try await quota(of: owner) else { return }
        let used = try await store.usage.bytes(of: owner)
        guard used <= quota else {
            let others = try await store.usage.unfinishedBytes(of: owner) - length
            throw Self.overQuota(used - length, length, quota, unfinished: others)
        }
    }

    /// Refuses a tree whose new contents are over the account's quota together with all else that it has.
    ///
    /// - Parameter pool: where the tree's contents are looked up, which may be a million.
    /// - Throws: `FloydError` with `outOfSpace`.
    func admit(_ tree: CommittedTree, for owner: ObjectID, on pool: BlockingPool) async throws {
        // Also of files that bring nothing new the list is stored.
        try store.ballast.checkRoom()
        guard let quota = try await quota(of: owner) else { return }
        let used = try await store.usage.bytes(of: owner)
        let added = try await pool.run { [store, blobs] in
            var added: Int64 = 0
            try blobs.forEachContents(of: tree.digest) { contents throws(FloydError) in
                do {
                    added += try store.usage.addedBytes(by: contents.map { (TreeContent($0.id), $0.bytes) }, to: owner)
                } catch let error as FloydError {
                    throw error
                } catch {
                    throw FloydError(.internalError, "\(error)")
                }
            }
            return added
        }
        guard added == 0 || used + added <= quota else { throw try await overQuota(used, added, quota, of: owner) }
    }

    /// Refuses bytes for which the disk has no room beside its reserve, and all when the database lives on its ballast.
    ///
    /// - Throws: `FloydError` with `outOfSpace`.
    func checkDisk(for bytes: Int64) throws(FloydError) {
        try store.ballast.checkRoom()
        guard let free = free(), free - bytes < reserve else { return }
        throw FloydError(
            .outOfSpace,
            "the server's disk is full: of its last \(Self.text(free)), \(Self.text(reserve)) are kept for jobs and the database",
            hint: "Delete what is no longer needed (`floydlite data delete NAME/N`, `floydlite delete JOB`), "
                + "or ask the server's administrator."
        )
    }

    /// Whether less than the reserve is left.
    var isDiskShort: Bool { free().map { $0 < reserve } ?? false }

    /// Refuses a tree of more bytes than the account's quota before all of it is copied.
    ///
    /// - Parameter quota: what `quota(of:)` says.
    func checkSize(_ bytes: Int64, quota: Int64?) throws(FloydError) {
        if let quota, bytes > quota { throw Self.overQuota(0, bytes, quota) }
    }

    /// Refuses the tree of another account, whose contents are there, where those that are new to this account are over its quota.
    ///
    /// - Throws: `FloydError` with `outOfSpace`.
    func admitAdoption(of tree: TreeRecord, by owner: ObjectID) async throws {
        try store.ballast.checkRoom()
        guard let quota = try await quota(of: owner) else { return }
        let used = try await store.usage.bytes(of: owner)
        let added = try await store.usage.addedBytes(byTree: tree.id, to: owner)
        guard added == 0 || used + added <= quota else { throw try await overQuota(used, added, quota, of: owner) }
    }

    /// The account's quota, or nil where it has none.
    func quota(of owner: ObjectID) async throws -> Int64? {
        var bytes = quota
        if !quotas.isEmpty, let user = try await store.accounts.user(owner) {
            bytes = quotas[user.account.name] ?? quota
        }
        return bytes > 0 ? bytes : nil
    }

    private func overQuota(_ used: Int64, _ added: Int64, _ quota: Int64, of owner: ObjectID) async throws -> FloydError
    {
        Self.overQuota(used, added, quota, unfinished: try await store.usage.unfinishedBytes(of: owner))
    }

    /// - Parameter unfinished: what of `used` unfinished uploads hold.
    static func overQuota(_ used: Int64, _ added: Int64, _ quota: Int64, unfinished: Int64 = 0) -> FloydError {
        let uploads =
            unfinished > 0
            ? " Unfinished uploads hold \(text(unfinished)): `floydlite data uploads` lists them, and gives them up with --abandon."
            : ""
        return FloydError(
            .outOfSpace,
            "\(text(added)) more than the \(text(used)) that your data take are over your quota of \(text(quota))",
            hint: "Delete what you no longer need: `floydlite data delete NAME/N`, `floydlite delete JOB`.\(uploads)"
        )
    }

    private static func text(_ bytes: Int64) -> String {
        let units = ["bytes", "KiB", "MiB", "GiB", "TiB", "PiB"]
        var amount = Double(max(0, bytes))
        var unit = 0
        while amount >= 1024, unit < units.count - 1 {
            amount /= 1024
            unit += 1
        }
        let tenths = Int64((amount * 10).rounded())
        return unit == 0 || tenths.isMultiple(of: 10)
            ? "\(tenths / 10) \(units[unit])" : "\(tenths / 10).\(tenths % 10) \(units[unit])"
    }
}
