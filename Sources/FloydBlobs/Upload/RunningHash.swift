import FloydTree
import Synchronization

/// A hash that threads feed one after another.
final class RunningHash: Sendable {
    private let hasher: Mutex<FileHasher>

    init(_ algorithm: HashAlgorithm) {
        hasher = Mutex(FileHasher(algorithm))
    }

    func update(_ bytes: UnsafeRawBufferPointer) {
        hasher.withLock { $0.update(bytes) }
    }

    func finalize() -> [UInt8] {
        hasher.withLock { $0.finalize() }
    }
}
