public import FloydOS
internal import Glibc

/// A log on the disk, read while its worker may still write it.
public struct LogFile: Sendable, Hashable {
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

    /// The log, or nil before there is one. What may stand in its place, a link for one, is not followed.
    public func open() throws(SystemError) -> OpenLog? {
        let file: FileDescriptor
        do {
            file = try FileDescriptor.open(path, FileDescriptor.readingQuietly)
        } catch  where error.code == ENOENT || error.code == ELOOP {
            return nil
        }
        guard try file.status().kind == .file else { return nil }
        return OpenLog(file)
    }

    /// The whole records that begin at `offset` or behind it. There are none where the log ends or isn't there yet.
    ///
    /// - Parameter maximumBytes: of the log to read at most, but never less than the longest record takes.
    public func read(from offset: Int64, maximumBytes: Int = OpenLog.pageSize) throws(SystemError) -> Page {
        let none = Page(records: [], nextOffset: offset, malformed: 0)
        guard let log = try open() else { return none }
        return try log.page(at: offset, maximumBytes: maximumBytes)
    }
}
