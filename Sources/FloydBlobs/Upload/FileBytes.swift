import FloydOS
import Glibc

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

    /// Whether two files have the same bytes. One that can't be read to its end has not.
    ///
    /// - Throws: `SystemError` where the first can't be read.
    static func areEqual(_ first: String, _ second: String) throws(SystemError) -> Bool {
        let one = try FileDescriptor.open(first, O_RDONLY | O_NOFOLLOW)
        let size = try one.status().size
        guard let other = try? FileDescriptor.open(second, O_RDONLY | O_NOFOLLOW),
            (try? other.status().size) == size
        else { return false }
        let pieces = UnsafeMutableRawBufferPointer.allocate(byteCount: 2 * pieceSize, alignment: 64)
        defer { pieces.deallocate() }
        var offset: Int64 = 0
        while offset < size {
            let count = Int(min(Int64(pieceSize), size - offset))
            let left = UnsafeMutableRawBufferPointer(rebasing: pieces[..<count])
            let right = UnsafeMutableRawBufferPointer(rebasing: pieces[pieceSize..<pieceSize + count])
            try read(into: left, from: one.raw, at: offset)
            guard (try? read(into: right, from: other.raw, at: offset)) != nil else { return false }
            guard let first = left.baseAddress, let second = right.baseAddress, memcmp(first, second, count) == 0
            else { return false }
            offset += Int64(count)
        }
        return true
    }

    private static let pieceSize = 1 << 18

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
