public import FloydModel
import FloydOS
import Glibc
import Synchronization

/// Takes an archive that comes in one piece, however long it is. It is a draft as long as it lives, and removed with this value; what a crash leaves of it, the
/// next start removes.
public final class ArchiveReceiver: Sendable {
    private struct State: ~Copyable {
        let file: FileDescriptor
        var size: Int64 = 0
    }

    private let folder: String
    private let limit: Int64
    /// One caller at a time.
    private let state: Mutex<State>

    init(folder: String, limit: Int64) throws(FloydError) {
        self.folder = folder
        self.limit = limit
        let file = try storing { () throws(SystemError) in
            try Folder.create(folder)
            return try FileDescriptor.open("\(folder)/archive", O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW)
        }
        state = Mutex(State(file: file))
    }

    deinit {
        // What can't be removed now is at the next start.
        try? Folder.removeTree(folder)
    }

    /// Where the bytes are.
    public var path: String { "\(folder)/archive" }

    /// Bytes received so far.
    public var size: Int64 { state.withLock { $0.size } }

    /// - Throws: `FloydError` with `tooLarge` beyond the limit, or `outOfSpace`.
    public func append(_ bytes: [UInt8]) throws(FloydError) {
        try state.withLock { state throws(FloydError) in
            guard Int64(bytes.count) <= limit - state.size else {
                throw FloydError(.tooLarge, "the archive has more than \(limit) bytes")
            }
            do throws(SystemError) {
                try state.file.write(all: bytes)
            } catch {
                throw FloydError(storage: error)
            }
            state.size += Int64(bytes.count)
        }
    }
}
