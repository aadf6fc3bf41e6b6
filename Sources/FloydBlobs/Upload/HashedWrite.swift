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

    /// Writes all of `bytes` to the file and feeds them to the hash.
    ///
    /// - Parameters:
    ///   - file: a descriptor that stays open meanwhile.
    ///   - offset: where they go, which is the file's end.
    static func write(
        _ bytes: UnsafeRawBufferPointer,
        to file: Int32,
        at offset: Int64,
        _ hash: RunningHash?
    ) throws(SystemError) {
        if let hash, bytes.count >= smallestPiece {
            try writeBeside(bytes, file, offset, hash)
        } else {
            try FileBytes.write(bytes, to: file, at: offset)
            hash?.update(bytes)
        }
        startWriting(file, offset..<offset + Int64(bytes.count))
    }

    private static func writeBeside(
        _ bytes: UnsafeRawBufferPointer,
        _ file: Int32,
        _ offset: Int64,
        _ hash: RunningHash
    ) throws(SystemError) {
        // Both threads only read them, and are done before this goes on.
        nonisolated(unsafe) let bytes = bytes
        // One thread writes it, and it is read when both are done.
        nonisolated(unsafe) var result = Result<Void, SystemError>.success(())
        DispatchQueue.concurrentPerform(iterations: 2) { thread in
            if thread == 0 { return hash.update(bytes) }
            result = Result { () throws(SystemError) in try FileBytes.write(bytes, to: file, at: offset) }
        }
        try result.get()
    }

    /// Has the kernel begin with what is whole of the steps that end in `written`.
    static func startWriting(_ file: Int32, _ written: Range<Int64>) {
        let (first, last) = (written.lowerBound / writebackStep, written.upperBound / writebackStep)
        if last > first { FileDescriptor.startWriting(file, first * writebackStep..<last * writebackStep) }
    }
}
