import FloydRun
import Testing

@Suite struct LogIndexTests {
    /// A log of 200,000 lines, a second apart, about 9 MB, and what the worker would note of it.
    private static let seconds = Array(0..<200_000)
    private static let log = seconds.map { line("number \($0)", at: $0) }

    private func entries(_ lines: [[UInt8]], every spacing: Int64 = 65_536) -> [LogIndexEntry] {
        var entries: [LogIndexEntry] = []
        var (offset, last): (Int64, Int64) = (0, 0)
        for (number, bytes) in lines.enumerated() {
            if offset - last >= spacing, let time = WallTime(String(decoding: bytes[..<30], as: UTF8.self)) {
                entries.append(LogIndexEntry(offset: offset, line: Int64(number), time: time.nanoseconds))
                last = offset
            }
            offset += Int64(bytes.count)
        }
        return entries
    }

    private func write(_ entries: [LogIndexEntry], _ scratch: LogScratch) throws {
        let index = LogScratchFile(scratch.index)
        var bytes: [UInt8] = []
        for entry in entries { entry.encode(to: &bytes) }
        try index.write(bytes)
    }

    private func first(at offset: Int64, _ scratch: LogScratch) throws -> String? {
        try scratch.open().page(at: offset).records.first?.text
    }

    enum State: CaseIterable { case whole, absent, short, torn, damaged }

    @Test(arguments: State.allCases) func lineAndTimeAreFoundWhateverTheIndexIs(state: State) throws {
        let scratch = LogScratch()
        try scratch.append(Self.log.flatMap { $0 })
        var entries = entries(Self.log)
        switch state {
        case .whole: try write(entries, scratch)
        case .absent: break
        case .short: try write(Array(entries.prefix(10)), scratch)
        case .torn:
            try write(entries, scratch)
            try LogScratchFile(scratch.index).truncate(24 * 20 + 7)
        case .damaged:
            entries[15].offset = 1
            try write(entries, scratch)
        }
        let index = LogIndex(scratch.index)
        let log = try scratch.open()
        for number in [1, 2, 3, 1500, 1501, 65_536, 100_000, 199_999, 200_000] {
            #expect(try first(at: index.offset(ofLine: Int64(number), in: log), scratch) == "number \(number - 1)")
        }
        #expect(try index.offset(ofLine: 200_001, in: log) == log.size())
        #expect(try index.offset(ofLine: 1 << 40, in: log) == log.size())
        for second in [0, 1, 1500, 65_536, 199_999] {
            let time = WallTime(nanoseconds: (1_795_000_000 + Int64(second)) * 1_000_000_000)
            #expect(try first(at: index.offset(since: time, in: log), scratch) == "number \(second)")
            let before = WallTime(nanoseconds: time.nanoseconds - 1)
            #expect(try first(at: index.offset(since: before, in: log), scratch) == "number \(second)")
        }
        #expect(try index.offset(since: WallTime(nanoseconds: .max), in: log) == log.size())
    }

    /// With the clock set back by an hour in the middle, every record of the time or later is behind the place that is found.
    @Test(arguments: [true, false]) func timeIsFoundThoughTheClockWasSetBack(hasIndex: Bool) throws {
        let scratch = LogScratch()
        let times = (0..<150_000).map { $0 < 75_030 ? $0 : $0 - 3600 }
        let lines = times.map { line("at \($0)", at: $0) }
        try scratch.append(lines.flatMap { $0 })
        if hasIndex { try write(entries(lines), scratch) }
        let index = LogIndex(scratch.index)
        let log = try scratch.open()
        for wanted in [10, 71_000, 72_000, 75_028, 75_029, 75_030, 100_000, 146_399] {
            let time = WallTime(nanoseconds: (1_795_000_000 + Int64(wanted)) * 1_000_000_000)
            let expected = times.first { $0 >= wanted }
            #expect(try first(at: index.offset(since: time, in: log), scratch) == expected.map { "at \($0)" })
        }
    }

    @Test func lineOfManyPiecesIsFoundAtItsBeginning() throws {
        let scratch = LogScratch()
        let piece = String(repeating: "x", count: LogFormat.maximumPiece)
        var log = line("one")
        let begin = Int64(log.count)
        var entries: [LogIndexEntry] = []
        for index in 0..<100 {
            if index % 5 == 4 { entries.append(LogIndexEntry(offset: Int64(log.count), line: 1, time: 0)) }
            log += line(piece, partial: true)
        }
        log += line("end") + line("three")
        try scratch.append(log)
        try write(entries, scratch)
        let index = LogIndex(scratch.index)
        #expect(try index.offset(ofLine: 2, in: scratch.open()) == begin)
        #expect(try first(at: index.offset(ofLine: 3, in: scratch.open()), scratch) == "three")
    }

    @Test func indexKnowsHowManyLinesAreInAGap() throws {
        let scratch = LogScratch()
        try scratch.append(Self.log.flatMap { $0 })
        try write(entries(Self.log), scratch)
        try scratch.forget(1_048_576..<4_194_304, asHole: true)
        let index = LogIndex(scratch.index)
        let log = try scratch.open()
        let number = 150_000
        #expect(try first(at: index.offset(ofLine: Int64(number), in: log), scratch) == "number \(number - 1)")
        let lost = try log.page(at: index.offset(ofLine: 50_000, in: log)).records.first
        #expect(lost?.missing != nil)
        let kept = try scratch.records().first { $0.text.hasSuffix("00000") }
        #expect(kept?.text == "number 100000")
        #expect(try first(at: index.offset(ofLine: 100_001, in: log), scratch) == "number 100000")
    }

    @Test func logThatGrowsIsWalkedThroughOnlyWhereItIsNew() throws {
        let scratch = LogScratch()
        let index = LogIndex(scratch.index)
        for part in 0..<4 {
            try scratch.append(Self.log[part * 50_000..<(part + 1) * 50_000].flatMap { $0 })
            let log = try scratch.open()
            let number = (part + 1) * 50_000
            #expect(try first(at: index.offset(ofLine: Int64(number), in: log), scratch) == "number \(number - 1)")
            #expect(try index.offset(ofLine: Int64(number) + 1, in: log) == log.size())
        }
    }
}
