internal import FloydModel
internal import FloydOS

/// Held while a daemon serves the folder.
final class DataFolderLock: Sendable {
    /// A daemon that is killed while it starts a program is survived by a child that has its descriptors, and so the lock, until it has
    /// become that program.
    private static let patience = Duration.seconds(1)

    private let lock: FileLock

    /// - Throws: `locked` if another daemon has it and keeps it.
    init(_ folder: DataFolder) async throws {
        let deadline = ContinuousClock.now + Self.patience
        while true {
            if let lock = try FileLock.tryAcquire(folder.lock) {
                self.lock = lock
                return
            }
            guard ContinuousClock.now < deadline else {
                throw FloydError(
                    .locked,
                    "another floydlited serves \(folder.path) already",
                    hint: "Stop it first, or give this one another --data-dir."
                )
            }
            try await Task.sleep(for: .milliseconds(10))
        }
    }
}
