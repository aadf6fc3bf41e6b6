import Dispatch
import FloydOS
import FloydTree
import Synchronization

/// A ring of windows of memory through which a file is written: while one fills, those before it are hashed by one thread and written by another,
/// each in their order. Neither waits for the other; whoever fills waits until the next window is free of both.
///
/// For one caller at a time. What is under way has the file open and the memory, and has ended when this value has.
struct WriteWindows: ~Copyable, Sendable {
    static let size = 1 << 19
    private static let number = 4
    /// Of their memory: more than any file system asks for.
    private static let alignment = 4_096

    /// There from the first use on.
    private var ring: Ring?
    private let hash: RunningHash?
    private var turn = 0
    /// Bytes in the window that is being filled.
    private(set) var filled = 0

    private final class Ring: Sendable {
        /// Who fills has one, what is under way the others.
        nonisolated(unsafe) let windows: [UnsafeMutableRawBufferPointer]
        /// What is under way with each of them.
        let work = (0..<number).map { _ in DispatchGroup() }
        let hashing = DispatchQueue(label: "floydlite.hash")
        let writing = DispatchQueue(label: "floydlite.write")
        let failure = Mutex<SystemError?>(nil)

        /// All in one piece, which is large enough for the heap to map it and give it back. Nobody touches it but `deinit`, when nobody has the windows.
        nonisolated(unsafe) private let block: UnsafeMutableRawBufferPointer

        init() {
            let block = UnsafeMutableRawBufferPointer.allocate(byteCount: number * size, alignment: alignment)
            windows = (0..<number).map { UnsafeMutableRawBufferPointer(rebasing: block[$0 * size..<($0 + 1) * size]) }
            self.block = block
        }

        deinit {
            block.deallocate()
        }
    }

    /// - Parameter hash: what is fed what is written.
    init(hash: RunningHash?) {
        self.hash = hash
    }

    deinit {
        ring?.work.forEach { $0.wait() }
    }

    /// What is left of the window that is being filled.
    var room: UnsafeMutableRawBufferPointer {
        mutating get {
            let ring = ring ?? Ring()
            self.ring = ring
            return UnsafeMutableRawBufferPointer(rebasing: ring.windows[turn][filled...])
        }
    }

    /// The first `count` bytes of `room`, for whoever fills them elsewhere.
    mutating func lend(_ count: Int) -> UploadRoom {
        let ring = ring ?? Ring()
        self.ring = ring
        return UploadRoom(UnsafeMutableRawBufferPointer(rebasing: room[..<count]), of: ring)
    }

    /// Says that `count` bytes of `room` were filled.
    mutating func fill(_ count: Int) {
        filled += count
    }

    /// Has what is filled written, and waits for the window that is filled next.
    ///
    /// - Parameter file: nil: it is there already, and is hashed alone.
    /// - Throws: why what was begun before failed; then nothing is begun.
    mutating func begin(to file: SharedFile?, at offset: Int64) throws(SystemError) {
        guard filled > 0, let ring else { return }
        if let error = ring.failure.withLock({ $0 }) { throw error }
        // Nobody touches them before the window's work is done.
        nonisolated(unsafe) let bytes = UnsafeRawBufferPointer(rebasing: ring.windows[turn][..<filled])
        if let hash {
            ring.hashing.async(group: ring.work[turn]) { withExtendedLifetime(ring) { hash.update(bytes) } }
        }
        if let file { Self.write(bytes, to: file, at: offset, ring, ring.work[turn]) }
        turn = (turn + 1) % Self.number
        filled = 0
        ring.work[turn].wait()
    }

    private static func write(
        _ bytes: UnsafeRawBufferPointer,
        to file: SharedFile,
        at offset: Int64,
        _ ring: Ring,
        _ work: DispatchGroup
    ) {
        // As in `begin`.
        nonisolated(unsafe) let bytes = bytes
        ring.writing.async(group: work) {
            // Nothing behind a gap: how long the file is says how much of it is there.
            guard ring.failure.withLock({ $0 == nil }) else { return }
            do throws(SystemError) {
                try FileBytes.write(bytes, to: file.descriptor.raw, at: offset)
            } catch {
                ring.failure.withLock { $0 = error }
            }
        }
    }

    /// Waits for what is under way.
    ///
    /// - Throws: why writing failed, now or before.
    func wait() throws(SystemError) {
        guard let ring else { return }
        for work in ring.work { work.wait() }
        if let error = ring.failure.withLock({ $0 }) { throw error }
    }
}

/// An open file that is closed when nobody has it any more.
final class SharedFile: Sendable {
    let descriptor: FileDescriptor

    init(_ descriptor: consuming FileDescriptor) {
        self.descriptor = descriptor
    }
}
