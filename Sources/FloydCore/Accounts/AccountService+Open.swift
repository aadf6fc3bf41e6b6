internal import FloydModel
internal import FloydOS
internal import FloydStore
internal import Glibc

extension AccountService {
    /// The accounts of a data folder, beside a daemon that may serve it. A folder that isn't there yet is made.
    ///
    /// - Throws: `forbidden` if the folder is another user's: what would be written then its daemon could not use.
    public static func open(_ folder: DataFolder) async throws -> AccountService {
        if let status = try FileStatus.of(folder.path, followingLinks: true), status.uid != geteuid() {
            throw FloydError(
                .forbidden,
                "\(folder.path) belongs to the user with uid \(status.uid)",
                hint: "Run this as the user that the server runs as, or name another --data-dir."
            )
        }
        try folder.prepare()
        // The daemon alone brings an existing database up to date.
        let isNew = try FileStatus.of(folder.database) == nil
        return AccountService(store: try await Store.open(path: folder.database, migrating: isNew))
    }
}
