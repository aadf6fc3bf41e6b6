import FloydRun
import Testing

@Suite struct LogIndexEntryTests {
    private static let entries = [
        LogIndexEntry(offset: 65_600, line: 3, time: 1_795_000_000_123_456_789),
        LogIndexEntry(offset: 140_000, line: 3, time: 1_795_000_000_023_456_789),
        LogIndexEntry(offset: 1 << 40, line: 1 << 33, time: -1),
    ]

    private func bytes(_ entries: [LogIndexEntry]) -> [UInt8] {
        var bytes: [UInt8] = []
        for entry in entries { entry.encode(to: &bytes) }
        return bytes
    }

    private func trusted(_ bytes: [UInt8], _ length: Int64 = .max) -> [LogIndexEntry] {
        bytes.withUnsafeBytes { LogIndexEntry.trusted($0, logLength: length) }
    }

    @Test func entryIsThreeLittleEndianNumbers() {
        let bytes = bytes([LogIndexEntry(offset: 0x0102_0304, line: 5, time: 6)])
        #expect(bytes == [4, 3, 2, 1, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0])
    }

    @Test func entriesComeBackAsTheyWere() {
        #expect(trusted(bytes(Self.entries)) == Self.entries)
    }

    @Test func tornLastEntryIsIgnored() {
        #expect(trusted(bytes(Self.entries).dropLast(1)) == Array(Self.entries.prefix(2)))
        #expect(trusted([1, 2, 3]).isEmpty)
    }

    @Test func entriesBehindTheLogsEndAreIgnored() {
        #expect(trusted(bytes(Self.entries), 140_000) == Array(Self.entries.prefix(2)))
        #expect(trusted(bytes(Self.entries), 139_999) == Array(Self.entries.prefix(1)))
    }

    @Test func nothingIsBelievedFromTheFirstStrangeEntryOn() {
        let zeros = [UInt8](repeating: 0, count: 24)
        #expect(trusted(zeros).isEmpty)
        let good = bytes(Array(Self.entries.prefix(2)))
        #expect(trusted(good + zeros + bytes([Self.entries[2]])) == Array(Self.entries.prefix(2)))
        #expect(trusted(good + good) == Array(Self.entries.prefix(2)))
        #expect(trusted(bytes([Self.entries[1], Self.entries[0]])) == [Self.entries[1]])
    }

    @Test(arguments: [0: 65_536, 16 << 30: 65_536, 17 << 30: 69_632, 1 << 40: 4_194_304] as [Int64: Int64])
    func spacingGrowsWithTheLog(offset: Int64, spacing: Int64) {
        #expect(LogIndexEntry.spacing(at: offset) == spacing)
    }
}
