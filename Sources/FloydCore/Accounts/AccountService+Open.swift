internal import FloydOS
internal import FloydStore

extension AccountService {
    /// The accounts of a data folder, beside a daemon that may serve it. A folder that isn't there yet is made.
    ///
    /// - Throws: `forbidden` if the folder is another user's: its daemon could not use what would be written then.
    public static func open(_ folder: DataFolder) async throws -> AccountService {
        try folder.prepare()
        // The daemon alone brings an existing database up to date.
        let isNew = try FileStatus.of(folder.database) == nil
        return AccountService(store: try await Store.open(path: folder.database, migrating: isNew))
    }
}
