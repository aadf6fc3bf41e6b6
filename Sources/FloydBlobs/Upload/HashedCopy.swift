import Dispatch
import FloydOS
import FloydTree
import Glibc

/// Copies a part of a file while another thread hashes it: hashing takes as long as all the rest.
struct HashedCopy: ~Copyable, Sendable {
    /// Owned by this value alone (it can't be copied), so two calls never use them at once.
    nonisolated(unsafe) private let windows: [UnsafeMutableRawBufferPointer]
    private static let windowSize = 1 << 20

    init() {
        windows = (0..<2).map { _ in .allocate(byteCount: Self.windowSize, alignment: 4_096) }
    }

    deinit {
        for window in windows { window.deallocate() }
    }

    /// Appends `length` bytes of `source` from `offset` on to `target`, where that stands, and feeds them to the hash.
    ///
    /// - Parameters:
    ///   - target: a descriptor that stays open meanwhile.
    ///   - place: how long the target is.
    /// - Throws: `SystemError`, with EIO where the source is shorter; then some bytes may have been written.
    func copy(
        _ source: borrowing FileDescriptor,
        from offset: Int64,
        length: Int64,
        to target: Int32,
        at place: Int64,
        hashing hasher: inout FileHasher
    ) throws(SystemError) {
        let from = source.raw
        let end = offset + length
        var position = offset
        var turn = 0
        var filled = try Self.fill(windows[0], from, at: position, end)
        while filled > 0 {
            let full = UnsafeRawBufferPointer(rebasing: windows[turn][..<filled])
            let following = position + Int64(filled)
            // The two threads touch nothing in common, and both are done before this goes on.
            nonisolated(unsafe) let work = (full: full, next: windows[1 - turn])
            nonisolated(unsafe) var result = Result<Int, SystemError>.success(0)
            withUnsafeMutablePointer(to: &hasher) { pointer in
                nonisolated(unsafe) let hasher = pointer
                DispatchQueue.concurrentPerform(iterations: 2) { thread in
                    if thread == 0 { return hasher.pointee.update(work.full) }
                    result = Result { () throws(SystemError) in
                        try HashedWrite.writeAll(work.full, to: target)
                        return try Self.fill(work.next, from, at: following, end)
                    }
                }
            }
            let written = place + position - offset
            HashedWrite.startWriting(target, written..<written + Int64(filled))
            filled = try result.get()
            position = following
            turn = 1 - turn
        }
    }

    private static func fill(
        _ window: UnsafeMutableRawBufferPointer,
        _ source: Int32,
        at offset: Int64,
        _ end: Int64
    ) throws(SystemError) -> Int {
        let wanted = Int(min(Int64(window.count), end - offset))
        var filled = 0
        while filled < wanted {
            let count = pread(source, window.baseAddress.map { $0 + filled }, wanted - filled, Int(offset) + filled)
            if count == 0 { throw SystemError("read", code: EIO) }
            if count > 0 { filled += count } else if errno != EINTR { throw SystemError("read") }
        }
        return filled
    }
}
