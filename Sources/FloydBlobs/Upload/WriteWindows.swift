import Dispatch
import FloydOS
import FloydTree
import Glibc
import Synchronization

/// Two windows of memory through which a file is written: while one fills, what was in the other is written and hashed, by a thread each. Hashing
/// alone takes as long as all the rest.
///
/// For one caller at a time. What is under way has the file open and the memory, and has ended when this value has.
struct WriteWindows: ~Copyable, Sendable {
    static let size = 1 << 20
    /// Of their memory: more than any file system asks for.
    private static let alignment = 4_096

    /// There from the first use on.
    private var memory: Memory?
    private let work = DispatchGroup()
    private let failure = Failure()
    private let hash: RunningHash?
    private var turn = 0
    /// Bytes in the window that is being filled.
    private(set) var filled = 0

    private final class Memory: Sendable {
        /// Who fills has one, the work under way the other.
        nonisolated(unsafe) let windows: [UnsafeMutableRawBufferPointer]

        /// Both in one piece, which is large enough for the heap to map it and give it back. Nobody touches it but `deinit`, when nobody has the windows.
        nonisolated(unsafe) private let block: UnsafeMutableRawBufferPointer

        init() {
            let block = UnsafeMutableRawBufferPointer.allocate(byteCount: 2 * size, alignment: alignment)
            windows = (0..<2).map { UnsafeMutableRawBufferPointer(rebasing: block[$0 * size..<($0 + 1) * size]) }
            self.block = block
        }

        deinit {
            block.deallocate()
        }
    }

    private final class Failure: Sendable {
        let error = Mutex<SystemError?>(nil)
    }

    /// - Parameter hash: what is fed what is written.
    init(hash: RunningHash?) {
        self.hash = hash
    }

    deinit {
        work.wait()
    }

    /// What is left of the window that is being filled.
    var room: UnsafeMutableRawBufferPointer {
        mutating get {
            let memory = memory ?? Memory()
            self.memory = memory
            return UnsafeMutableRawBufferPointer(rebasing: memory.windows[turn][filled...])
        }
    }

    /// The first `count` bytes of `room`, for whoever fills them elsewhere.
    mutating func lend(_ count: Int) -> UploadRoom {
        let memory = memory ?? Memory()
        self.memory = memory
        return UploadRoom(UnsafeMutableRawBufferPointer(rebasing: room[..<count]), of: memory)
    }

    /// Says that `count` bytes of `room` were filled.
    mutating func fill(_ count: Int) {
        filled += count
    }

    /// Waits for what is under way, and begins to write what is filled.
    ///
    /// - Throws: why what was under way failed; then nothing is begun.
    mutating func begin(to file: SharedFile, at offset: Int64) throws(SystemError) {
        try wait()
        guard filled > 0, let memory else { return }
        // Nobody touches them before `wait` has returned.
        nonisolated(unsafe) let bytes = UnsafeRawBufferPointer(rebasing: memory.windows[turn][..<filled])
        let queue = DispatchQueue.global()
        if let hash {
            queue.async(group: work) { withExtendedLifetime(memory) { hash.update(bytes) } }
        }
        queue.async(group: work) { [failure] in
            do throws(SystemError) {
                try FileBytes.write(bytes, to: file.descriptor.raw, at: offset)
            } catch {
                failure.error.withLock { $0 = error }
            }
            withExtendedLifetime(memory) {}
        }
        turn = 1 - turn
        filled = 0
    }

    /// Waits for what is under way.
    ///
    /// - Throws: why writing failed, now or before.
    func wait() throws(SystemError) {
        work.wait()
        if let error = failure.error.withLock({ $0 }) { throw error }
    }
}

/// An open file that is closed when nobody has it any more.
final class SharedFile: Sendable {
    let descriptor: FileDescriptor

    init(_ descriptor: consuming FileDescriptor) {
        self.descriptor = descriptor
    }
}

/// Bytes at a place of a file.
enum FileBytes {
    /// pwrite(2), all of them.
    static func write(_ bytes: UnsafeRawBufferPointer, to file: Int32, at offset: Int64) throws(SystemError) {
        var written = 0
        while written < bytes.count {
            let start = bytes.baseAddress.map { $0 + written }
            let count = pwrite(file, start, bytes.count - written, Int(offset) + written)
            if count >= 0 { written += count } else if errno != EINTR { throw SystemError("write") }
        }
    }

    /// pread(2) until `buffer` is full.
    ///
    /// - Throws: `SystemError`, with EIO where the file is shorter.
    static func read(into buffer: UnsafeMutableRawBufferPointer, from file: Int32, at offset: Int64) throws(SystemError)
    {
        var filled = 0
        while filled < buffer.count {
            let count = pread(file, buffer.baseAddress.map { $0 + filled }, buffer.count - filled, Int(offset) + filled)
            if count == 0 { throw SystemError("read", code: EIO) }
            if count > 0 { filled += count } else if errno != EINTR { throw SystemError("read") }
        }
    }
}
