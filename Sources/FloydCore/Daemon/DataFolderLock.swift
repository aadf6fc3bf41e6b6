internal import FloydModel
internal import FloydOS

/// Held while a daemon serves the folder.
final class DataFolderLock: Sendable {
    private let lock: FileLock

    /// - Throws: `locked` if another daemon has it.
    init(_ folder: DataFolder) throws {
        guard let lock = try FileLock.tryAcquire(folder.lock) else {
            throw FloydError(
                .locked,
                "another floydlited serves \(folder.path) already",
                hint: "Stop it first, or give this one another --data-dir."
            )
        }
        self.lock = lock
    }
}
