internal import FloydBlobs
internal import FloydModel
internal import FloydOS
internal import FloydStore

/// What keeps data: uploads, trees, and the collection of what nothing needs. The daemon has it, and its administrator's commands.
struct DataParts: Sendable {
    let store: Store
    let blobs: BlobStore
    let uploads: UploadService
    let collector: Collector
    let storage: StorageGuard
    /// For what takes minutes, so that it keeps nothing short waiting: hashing a version again, taking in what a job left, collecting.
    let longPool = BlockingPool(threads: 3, name: "floyd-long")
    /// Trees of the files that there are.
    let trees: TreeKeeping
    /// Trees that are made on those threads.
    let longTrees: TreeKeeping
    /// Wakes the collector.
    let wake = Wake()

    init(store: Store, blobs: BlobStore, pool: BlockingPool, _ configuration: ServerConfiguration) {
        self.store = store
        self.blobs = blobs
        storage = StorageGuard(store: store, blobs: blobs, settings: configuration.storage)
        let grace = configuration.storage.grace
        longTrees = TreeKeeping(store: store, blobs: blobs, pool: longPool, storage: storage, grace: grace)
        trees = TreeKeeping(store: store, blobs: blobs, pool: pool, storage: storage, grace: grace)
        uploads = UploadService(
            store: store,
            blobs: blobs,
            pool: pool,
            expiry: configuration.uploadExpiry,
            trees: trees
        )
        collector = Collector(store: store, blobs: blobs, uploads: uploads, pool: longPool)
    }

    /// Looks up the sizes of contents that were listed before sizes were kept, and what versions share.
    func completeSizes() async throws {
        while case let trees = try await store.trees.unsized(), !trees.isEmpty {
            for tree in trees {
                do {
                    try await store.trees.relist(tree) { [blobs] insert in
                        try TreeKeeping.list(insert) { body throws(FloydError) in
                            try blobs.forEachContents(of: Array(tree.digest), body)
                        }
                    }
                } catch {
                    // Its manifest can't be read, which a check of the store tells, and jobs that want it.
                    try await store.trees.giveUpSizes(of: tree)
                }
            }
        }
        try await store.versions.completeShares()
    }
}
