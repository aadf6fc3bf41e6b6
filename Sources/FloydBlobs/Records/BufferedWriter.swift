import FloydOS
import Glibc

/// A file that is written from its beginning in large pieces.
struct BufferedWriter: ~Copyable, Sendable {
    private let file: FileDescriptor
    private var buffer: [UInt8] = []
    private static let capacity = 1 << 17
    /// Bytes written so far, those in the buffer included.
    private(set) var length: Int64 = 0

    /// Makes the file, or empties it.
    init(path: String) throws(SystemError) {
        file = try FileDescriptor.open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW)
        buffer.reserveCapacity(Self.capacity + 4_096)
    }

    /// Lets `body` append to what is to be written.
    mutating func append(_ body: (inout [UInt8]) -> Void) throws(SystemError) {
        let before = buffer.count
        body(&buffer)
        length += Int64(buffer.count - before)
        if buffer.count >= Self.capacity { try flush() }
    }

    mutating func append(_ bytes: [UInt8]) throws(SystemError) {
        try append { $0.append(contentsOf: bytes) }
    }

    private mutating func flush() throws(SystemError) {
        try file.write(all: buffer)
        buffer.removeAll(keepingCapacity: true)
    }

    /// Writes what is left. Nothing is on the disk before a sync.
    mutating func finish() throws(SystemError) {
        try flush()
    }
}
