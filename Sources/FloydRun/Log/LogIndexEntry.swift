/// A place in a log where a record begins: what the file `log.index` is a list of, so that a long log can be opened at a line or at its end.
///
/// Each takes 24 bytes: offset, line and time as little-endian 64-bit integers. The index is written after the bytes of the log that it
/// speaks of and never synced: it is a hint that can be made again from the log. `trusted` says what of it may be believed. The place
/// (0, 0), the log's beginning, is not in it.
public struct LogIndexEntry: Sendable, Hashable {
    /// Where in the log the record begins. It may lie in the part that is not kept any more.
    public var offset: Int64
    /// How many whole lines (records with the tag `F`, of any stream) end before it.
    public var line: Int64
    /// The record's time, in nanoseconds since 1970.
    public var time: Int64

    /// Bytes of one entry.
    public static let size = 24

    public init(offset: Int64, line: Int64, time: Int64) {
        self.offset = offset
        self.line = line
        self.time = time
    }

    /// How many bytes of the log come between the entry at `offset` and the next, at least: 64 KiB up to 16 GiB, then in proportion, so
    /// that the index of a job that prints for weeks stays small too.
    public static func spacing(at offset: Int64) -> Int64 {
        max(65_536, offset >> 18)
    }

    /// Appends the entry's bytes.
    public func encode(to bytes: inout [UInt8]) {
        for number in [offset, line, time] {
            for shift in stride(from: 0, to: 64, by: 8) { bytes.append(UInt8(truncatingIfNeeded: number >> shift)) }
        }
    }

    /// Reads an entry; nil where fewer bytes than `size` are left, as at the end of a torn file.
    public init?(decoding bytes: UnsafeRawBufferPointer) {
        guard bytes.count >= Self.size else { return nil }
        func number(_ index: Int) -> Int64 {
            Int64(littleEndian: bytes.loadUnaligned(fromByteOffset: index * 8, as: Int64.self))
        }
        self.init(offset: number(0), line: number(1), time: number(2))
    }

    /// Whether it may follow `previous` (nil: the log's beginning) in the index of a log of `length` bytes. An index ends, for its readers,
    /// before the first entry that may not. The clock may have been set back, so times are no sign.
    public func follows(_ previous: LogIndexEntry?, inLogOf length: Int64) -> Bool {
        offset > previous?.offset ?? 0 && line >= previous?.line ?? 0 && offset <= length
    }

    /// The entries of `bytes`, a whole index, that may be believed.
    public static func trusted(_ bytes: UnsafeRawBufferPointer, logLength: Int64) -> [LogIndexEntry] {
        var entries: [LogIndexEntry] = []
        entries.reserveCapacity(bytes.count / size)
        var rest = bytes
        while let entry = LogIndexEntry(decoding: rest), entry.follows(entries.last, inLogOf: logLength) {
            entries.append(entry)
            rest = UnsafeRawBufferPointer(rebasing: rest[size...])
        }
        return entries
    }
}
