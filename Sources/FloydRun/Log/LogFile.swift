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

    /// The whole records from `offset` on, which must be 0 or what an earlier page gave as `nextOffset`. There are none where the log
    /// ends or isn't there yet.
    ///
    /// - Parameter maximumBytes: of the log to read at most, but never less than the longest record takes.
    public func read(from offset: Int64, maximumBytes: Int = 262_144) throws(SystemError) -> Page {
        let none = Page(records: [], nextOffset: offset, malformed: 0)
        guard try FileStatus.of(path) != nil else { return none }
        let file = try FileDescriptor.open(path, O_RDONLY | O_NOFOLLOW)
        let capacity = max(maximumBytes, LogFormat.maximumRecord)
        let size = try file.status().size
        guard size > offset, offset >= 0 else { return none }
        let length = Int(min(Int64(capacity), size - offset))
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: length, alignment: 16)
        defer { buffer.deallocate() }
        var filled = 0
        while filled < length {
            let count = try file.read(
                into: UnsafeMutableRawBufferPointer(rebasing: buffer[filled...]),
                at: offset + Int64(filled)
            )
            if count == 0 { break }
            filled += count
        }
        let result = LogReader.parse(Array(buffer[..<filled]))
        // A line longer than any record can only be damage; what is read of it must not be read for ever.
        if result.consumed == 0 && filled == capacity {
            return Page(records: [], nextOffset: offset + Int64(filled), malformed: 1)
        }
        return Page(
            records: result.records,
            nextOffset: offset + Int64(result.consumed),
            malformed: result.malformed
        )
    }
}
