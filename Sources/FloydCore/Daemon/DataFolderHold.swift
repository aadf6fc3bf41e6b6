internal import FloydModel
internal import FloydOS

/// The data folder, made where it wasn't there, for the one daemon that serves it: who has this is the only one that has.
public final class DataFolderHold: Sendable {
    /// A daemon that is killed while it starts a program is survived by a child that has its descriptors, and so the lock, until it has
    /// become that program.
    private static let patience = Duration.seconds(1)

    let folder: DataFolder
    private let lock: FileLock

    /// - Throws: `locked` if another daemon has it and keeps it; what `DataFolder.prepare()` throws.
    public init(_ folder: DataFolder) async throws {
        try folder.prepare()
        self.folder = folder
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
