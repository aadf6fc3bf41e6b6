public import FloydOS
internal import Glibc

/// A log that is open. Any number of threads may read it.
///
/// Its middle may vanish while it is read: the worker frees it when the log exceeds its limit. What is gone reads as zeros, with which no
/// record begins; one record that stands for all that is missing takes its place (`LogRecord.missing`).
public final class OpenLog: Sendable {
    /// Bytes of a log that are read at a time.
    public static let pageSize = 262_144

    let file: FileDescriptor

    init(_ file: consuming FileDescriptor) {
        self.file = file
    }

    public func size() throws(SystemError) -> Int64 { try file.status().size }

    /// Whether a part of it isn't kept.
    public func hasGap() throws(SystemError) -> Bool {
        guard let hole = try file.hole(from: 0) else { return false }
        return try file.data(from: hole) != nil
    }

    /// The whole records that begin at `offset` or behind it; those behind a gap come with the next page.
    ///
    /// - Parameter maximumBytes: of the log to read at most, but never less than the longest record takes.
    public func page(at offset: Int64, maximumBytes: Int = OpenLog.pageSize) throws(SystemError) -> LogFile.Page {
        try page(at: offset, maximumBytes, waiting: true) ?? LogFile.Page(records: [], nextOffset: offset, malformed: 0)
    }

    /// All whole records behind `offset`, if they take no more than `maximumBytes` and the disk need not be waited for: nil where `page` has
    /// to be asked.
    public func pageAtOnce(at offset: Int64, maximumBytes: Int) throws(SystemError) -> LogFile.Page? {
        try page(at: offset, maximumBytes, waiting: false)
    }

    private func page(at offset: Int64, _ maximumBytes: Int, waiting: Bool) throws(SystemError) -> LogFile.Page? {
        let none = LogFile.Page(records: [], nextOffset: offset, malformed: 0)
        let size = try size()
        guard offset >= 0, size > offset else { return none }
        guard waiting || size - offset <= Int64(maximumBytes) else { return nil }
        // The byte before tells whether a record begins here.
        let start = max(0, offset - 1)
        let capacity = max(maximumBytes, LogFormat.maximumRecord) + 1
        let length = Int(min(Int64(capacity), size - start))
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: length, alignment: 16)
        defer { buffer.deallocate() }
        guard let filled = try fill(buffer, at: start, waiting: waiting) else { return nil }
        let bytes = UnsafeRawBufferPointer(rebasing: buffer[..<filled])
        guard let first = Self.firstRecord(in: bytes, behind: offset) else {
            // A line longer than any record can only be damage; what is read of it must not be read for ever.
            return LogFile.Page(
                records: [],
                nextOffset: filled == capacity ? start + Int64(filled) : offset,
                malformed: filled == capacity ? 1 : 0
            )
        }
        let found = Self.records(in: bytes, from: first)
        let next = start + Int64(found.consumed)
        guard found.endsInGap, found.records.isEmpty else {
            return LogFile.Page(records: found.records, nextOffset: max(offset, next), malformed: found.malformed)
        }
        guard waiting else { return nil }
        guard let gap = try gap(at: next, size) else { return none }
        return LogFile.Page(records: [gap.record], nextOffset: gap.end, malformed: found.malformed)
    }

    /// Nil where the disk would have to be waited for.
    private func fill(_ buffer: UnsafeMutableRawBufferPointer, at start: Int64, waiting: Bool) throws(SystemError)
        -> Int?
    {
        var filled = 0
        while filled < buffer.count {
            let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
            let place = start + Int64(filled)
            let count: Int
            if waiting {
                count = try file.read(into: rest, at: place)
            } else {
                guard let atOnce = try file.readAtOnce(into: rest, at: place) else { return nil }
                count = atOnce
            }
            if count == 0 { break }
            filled += count
        }
        return filled
    }

    /// Where in `bytes`, which begin with the byte in front of `offset` if there is one, the first record or gap begins.
    private static func firstRecord(in bytes: UnsafeRawBufferPointer, behind offset: Int64) -> Int? {
        if offset == 0 { return 0 }
        guard bytes.count > 1 else { return nil }
        if bytes[0] == UInt8(ascii: "\n") || bytes[0] == 0 || bytes[1] == 0 { return 1 }
        return LogLines.next(in: bytes, from: 0).map { $0.count + 1 }
    }

    private struct Found {
        var records: [LogRecord] = []
        var consumed: Int
        var malformed = 0
        var endsInGap = false
    }

    /// The records up to the end or the first gap.
    private static func records(in bytes: UnsafeRawBufferPointer, from start: Int) -> Found {
        var found = Found(consumed: start)
        while let line = LogLines.next(in: bytes, from: found.consumed) {
            if isGap(line) {
                found.endsInGap = true
                return found
            }
            if let record = LogReader.record(line) {
                found.records.append(record)
            } else {
                found.malformed += 1
            }
            found.consumed += line.count + 1
        }
        let rest = UnsafeRawBufferPointer(rebasing: bytes[found.consumed...])
        found.endsInGap = isGap(rest)
        return found
    }

    /// Whether `line`, or what there is of it, belongs to a gap: zeros, or a record that runs into zeros and so gets longer than any.
    static func isGap(_ line: UnsafeRawBufferPointer) -> Bool {
        line.first == 0 || line.count >= LogFormat.maximumRecord
    }
}
