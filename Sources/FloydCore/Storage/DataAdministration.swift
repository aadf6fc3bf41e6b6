public import FloydAPI
internal import FloydBlobs
public import FloydModel
internal import FloydOS
internal import FloydStore
internal import FoundationEssentials

/// What an administrator does to the data of a server, on its machine, as the user that it runs as: beside the running server or without it.
public struct DataAdministration: Sendable {
    private let parts: DataParts
    private let folder: DataFolder

    /// Opens the data folder of a server that has been started before.
    ///
    /// - Throws: `FloydError` with `unavailable` or `notFound` where there is none yet, `forbidden` where it is another user's.
    public init(_ folder: DataFolder, _ configuration: ServerConfiguration) async throws {
        try folder.prepare()
        self.folder = folder
        let store = try await Store.open(path: folder.database, migrating: false)
        let pool = BlockingPool(threads: 2, name: "floyd-disk")
        parts = DataParts(store: store, blobs: try BlobStore(attaching: folder.blobs), pool: pool, configuration)
    }

    /// Removes what nothing needs any more.
    ///
    /// - Parameter isDryRun: only looks.
    /// - Throws: `FloydError` with `locked` while the server is at it.
    public func collect(isDryRun: Bool) async throws -> CollectionReport {
        try await parts.collector.collect(isDryRun: isDryRun)
    }

    /// Compares database and disk.
    ///
    /// - Parameters:
    ///   - isQuick: whether contents are not hashed.
    ///   - isRepairing: whether to put right what can be put right without losing anything.
    ///   - tell: gets a line for each thing that is wrong, or was put right.
    public func inspect(
        isQuick: Bool,
        isRepairing: Bool,
        tell: @escaping @Sendable (String) -> Void
    ) async throws -> InspectionReport {
        let (store, blobs) = (parts.store, parts.blobs)
        return try await parts.longPool.run {
            let inspection = StoreInspection(
                store: store,
                blobs: blobs,
                isQuick: isQuick,
                isRepairing: isRepairing,
                tell: tell
            )
            return try inspection.run()
        }
    }

    /// Makes a folder of this machine the next version of a dataset, which is made if it isn't there.
    ///
    /// - Parameters:
    ///   - dataset: with its owner, an account that is there.
    ///   - isLinking: whether the folder's files become part of the store: they are read-only then, and must not be changed under any name.
    /// - Throws: `FloydError` that names what can't be in a dataset, or can't be linked, and for a folder that has the server's own data in it, or lies there: then no
    ///   file has changed.
    public func importFolder(
        _ folder: String,
        to dataset: Reference,
        isLinking: Bool,
        message: String?
    ) async throws -> DatasetVersionResponse {
        let message = try TextLimits.message(message)
        let (owner, name) = try await target(dataset)
        let storage = parts.longTrees.storage
        let server = try ServerFolder(self.folder.path)
        let source = FolderImport(folder: folder, isLinking: isLinking, server: server) { bytes throws(FloydError) in
            try storage.checkDisk(for: bytes)
        }
        let tree = try await parts.longTrees.add(for: owner, materialising: true) { try source.add(to: &$0) }
        let now = Date()
        let resource = try await parts.store.resources.createOrGet(.datasets, name, owner: owner, at: now)
        let version = try await parts.store.versions.add(to: resource.id, tree: tree.id, message: message, at: now)
        return DatasetVersionResponse(version)
    }

    private func target(_ dataset: Reference) async throws -> (owner: ObjectID, name: Name) {
        guard case .name(let owner?, let name, nil) = dataset.target, dataset.collection != .projects,
            !dataset.isOutput
        else {
            throw FloydError(
                .invalidName,
                "\(dataset) names no dataset of an account",
                hint: "Give USER/NAME or USER/datasets/NAME."
            )
        }
        guard let user = try await parts.store.accounts.user(named: owner) else {
            throw FloydError(
                .notFound,
                "there is no user \(owner)",
                hint: "Make the account first: `floydlited user add \(owner)`."
            )
        }
        return (user.account.id, name)
    }
}
