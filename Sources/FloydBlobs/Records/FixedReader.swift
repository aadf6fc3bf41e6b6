import FloydOS
import Glibc

/// Reads a file of records of one size, in order, in large pieces.
struct FixedReader: ~Copyable, Sendable {
    private let file: FileDescriptor
    private let size: Int
    private var buffer: [UInt8]
    private var next = 0
    private var end = 0

    /// - Parameter first: the number of the record to begin with.
    init(path: String, size: Int, first: Int = 0) throws(SystemError) {
        let file = try FileDescriptor.open(path, O_RDONLY | O_NOFOLLOW)
        try file.seek(to: Int64(first) * Int64(size))
        self.file = file
        self.size = size
        buffer = [UInt8](repeating: 0, count: size * 1_024)
    }

    /// What `body` makes of the next record's bytes; nil at the end. A part of a record at the end counts as none.
    mutating func read<Record>(_ body: (UnsafeRawBufferPointer) -> Record) throws(SystemError) -> Record? {
        if end - next < size { try fill() }
        guard end - next >= size else { return nil }
        defer { next += size }
        return buffer.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[next..<next + size])) }
    }

    private mutating func fill() throws(SystemError) {
        let kept = end - next
        buffer.replaceSubrange(..<kept, with: Array(buffer[next..<end]))
        (next, end) = (0, kept)
        while end < size {
            let count = try readMore()
            if count == 0 { return }
            end += count
        }
    }

    private mutating func readMore() throws(SystemError) -> Int {
        let start = end
        let result: Result<Int, SystemError> = buffer.withUnsafeMutableBytes { bytes in
            Result { () throws(SystemError) in
                try file.read(into: UnsafeMutableRawBufferPointer(rebasing: bytes[start...]))
            }
        }
        return try result.get()
    }
}
