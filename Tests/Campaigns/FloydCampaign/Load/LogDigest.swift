import FloydAPI

/// The records of a log's beginning, as a number that another beginning of that length has only if it is the same.
struct LogDigest: Sendable, Hashable {
    private(set) var records = 0
    /// FNV-1a, 64 bits.
    private var hash: UInt64 = 0xCBF2_9CE4_8422_2325

    mutating func add(_ record: LogRecordMessage) {
        records += 1
        feed(record.time.utf8)
        feed(record.stream.utf8)
        feed([record.partial ? 1 : 0])
        feed(record.bytes)
    }

    private mutating func feed(_ bytes: some Sequence<UInt8>) {
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        hash = (hash ^ 0xFF) &* 0x0000_0100_0000_01B3
    }
}
