public import FloydOS
internal import Glibc

/// A log on the disk, read while its worker may still write it.
public struct LogFile: Sendable {
    public let path: String

    public init(_ path: String) {
        self.path = path
    }

    /// Records, and where they end.
    public struct Page: Sendable, Hashable {
        public var records: [LogRecord]
        /// Where the next record begins or will begin.
        public var nextOffset: Int64
        /// Lines that were no records.
        public var malformed: Int
    }

    /// The whole records that begin at `offset` or behind it. There are none where the log ends or isn't there yet.
    ///
    /// - Parameter maximumBytes: of the log to read at most, but never less than the longest record takes.
    public func read(from offset: Int64, maximumBytes: Int = 262_144) throws(SystemError) -> Page {
        let none = Page(records: [], nextOffset: offset, malformed: 0)
        guard try FileStatus.of(path) != nil else { return none }
        let file = try FileDescriptor.open(path, O_RDONLY | O_NOFOLLOW)
        let capacity = max(maximumBytes, LogFormat.maximumRecord) + 1
        let size = try file.status().size
        guard size > offset, offset >= 0 else { return none }
        // The byte before tells whether a record begins here.
        let start = max(0, offset - 1)
        let length = Int(min(Int64(capacity), size - start))
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: length, alignment: 16)
        defer { buffer.deallocate() }
        var filled = 0
        while filled < length {
            let count = try file.read(
                into: UnsafeMutableRawBufferPointer(rebasing: buffer[filled...]),
                at: start + Int64(filled)
            )
            if count == 0 { break }
            filled += count
        }
        let bytes = Array(buffer[..<filled])
        let first = offset == 0 ? 0 : bytes.firstIndex(of: UInt8(ascii: "\n")).map { $0 + 1 }
        let result = first.map { LogReader.parse(bytes[$0...]) }
        let next = max(offset, start + Int64((first ?? 0) + (result?.consumed ?? 0)))
        // A line longer than any record can only be damage; what is read of it must not be read for ever.
        if next == offset && filled == capacity {
            return Page(records: [], nextOffset: start + Int64(filled), malformed: 1)
        }
        return Page(
            records: result?.records ?? [],
            nextOffset: next,
            malformed: result?.malformed ?? 0
        )
    }
}
