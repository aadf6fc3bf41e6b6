import Dispatch
import FloydOS
import FloydTree
import Glibc

/// Writing bytes while another thread hashes them: of large pieces each takes as long as the other.
enum HashedWrite {
    /// A piece from this size on is worth a second thread.
    private static let smallestPiece = 1 << 18
    /// Bytes after which the kernel is told to begin with the disk, so that there is little left for the sync at the end.
    private static let writebackStep: Int64 = 1 << 23

    /// Writes all of `bytes` to the file, where it stands, and feeds them to the hash.
    ///
    /// - Parameters:
    ///   - file: a descriptor that stays open meanwhile.
    ///   - position: how long the file is.
    static func write(
        _ bytes: UnsafeRawBufferPointer,
        to file: Int32,
        at position: Int64,
        hashing hasher: inout FileHasher
    ) throws(SystemError) {
        if bytes.count < smallestPiece {
            try writeAll(bytes, to: file)
            hasher.update(bytes)
        } else {
            try writeBeside(bytes, file, &hasher)
        }
        startWriting(file, position..<position + Int64(bytes.count))
    }

    private static func writeBeside(
        _ bytes: UnsafeRawBufferPointer,
        _ file: Int32,
        _ hasher: inout FileHasher
    ) throws(SystemError) {
        nonisolated(unsafe) let bytes = bytes
        nonisolated(unsafe) var result = Result<Void, SystemError>.success(())
        withUnsafeMutablePointer(to: &hasher) { pointer in
            // The two threads touch nothing in common, and both are done before this goes on.
            nonisolated(unsafe) let hasher = pointer
            DispatchQueue.concurrentPerform(iterations: 2) { thread in
                if thread == 0 { return hasher.pointee.update(bytes) }
                result = Result { () throws(SystemError) in try writeAll(bytes, to: file) }
            }
        }
        try result.get()
    }

    static func writeAll(_ bytes: UnsafeRawBufferPointer, to file: Int32) throws(SystemError) {
        var written = 0
        while written < bytes.count {
            let count = Glibc.write(file, bytes.baseAddress.map { $0 + written }, bytes.count - written)
            if count >= 0 { written += count } else if errno != EINTR { throw SystemError("write") }
        }
    }

    /// Has the kernel begin with what is whole of the steps that end in `written`.
    static func startWriting(_ file: Int32, _ written: Range<Int64>) {
        let (first, last) = (written.lowerBound / writebackStep, written.upperBound / writebackStep)
        if last > first { FileDescriptor.startWriting(file, first * writebackStep..<last * writebackStep) }
    }
}
