import FloydRun
import Glibc
import Testing

@Suite struct LogGapTests {
    private let lines = (0..<20_000).map { line("number \($0)") }
    private var size: Int64 { Int64(lines.reduce(0) { $0 + $1.count }) }

    /// What is shown of a log of which `gap` isn't kept: the whole lines around it, and one record in between.
    private func check(_ records: [LogRecord], gap: Range<Int64>) throws {
        let missing = try #require(records.firstIndex { $0.missing != nil })
        #expect(records.count { $0.missing != nil } == 1)
        let front = records[..<missing].map(\.text)
        let back = records[(missing + 1)...].map(\.text)
        #expect(front == front.indices.map { "number \($0)" })
        #expect(back == (20_000 - back.count..<20_000).map { "number \($0)" })
        // Every byte is in a record or is said to be missing.
        let shown = (records[..<missing] + records[(missing + 1)...]).reduce(0) { $0 + 41 + $1.bytes.count }
        #expect(records[missing].missing == size - Int64(shown))
        #expect(records[missing].system && records[missing].source == .system)
        let inFront = lines[..<front.count].reduce(0) { $0 + $1.count }
        #expect(Int64(inFront) <= gap.lowerBound && Int64(inFront) + 60 > gap.lowerBound)
    }

    @Test(arguments: [true, false], [100_000, 256, 17_000])
    func gapIsOneRecordInPlaceOfWhatIsMissing(asHole: Bool, pageSize: Int) throws {
        let scratch = LogScratch()
        try scratch.append(lines.flatMap { $0 })
        let gap: Range<Int64> = 131_072..<524_288
        try scratch.forget(gap, asHole: asHole)
        try check(scratch.records(pageSize: pageSize), gap: gap)
        #expect(try scratch.open().hasGap() == asHole)
    }

    @Test(arguments: [0, 1, 17, 40, 41, 42, 50, 51, 52])
    func gapMayBeginAndEndAnywhere(shift: Int64) throws {
        let scratch = LogScratch()
        try scratch.append(lines.flatMap { $0 })
        let gap = 100_000 + shift..<200_000 + 3 * shift
        try scratch.forget(gap, asHole: false)
        try check(scratch.records(), gap: gap)
    }

    @Test func gapThatEndsWithARecordKeepsTheNext() throws {
        let scratch = LogScratch()
        try scratch.append(lines.flatMap { $0 })
        let begin = Int64(lines[..<5000].reduce(0) { $0 + $1.count })
        let end = Int64(lines[..<9000].reduce(0) { $0 + $1.count })
        try scratch.forget(begin..<end, asHole: false)
        let records = try scratch.records()
        #expect(records[5000].missing == end - begin)
        #expect(records[5001].text == "number 9000")
        #expect(records[5000].text == "203.1 KiB of the log are not kept: its limit is reached")
        #expect(WallTime(records[5000].time) != nil)
    }

    @Test func readerThatStoodWhereTheGapIsNowGoesOnBehindIt() throws {
        let scratch = LogScratch()
        try scratch.append(lines.flatMap { $0 })
        let position = Int64(lines[..<5000].reduce(0) { $0 + $1.count })
        try scratch.forget(131_072..<524_288, asHole: true)
        let records = try scratch.records(from: position)
        #expect((records.first?.missing ?? 0) > 524_288 - position)
        #expect(records.dropFirst().allSatisfy { $0.missing == nil })
        #expect(records.last?.text == "number 19999")
    }

    @Test func zerosThatAJobPrintsAreNoGap() throws {
        let scratch = LogScratch()
        try scratch.append(line("a\0b") + line("\0\0\0") + line(String(repeating: "\0", count: 16_384), partial: true))
        try scratch.append(line("end"))
        let records = try scratch.records()
        #expect(records.count == 4)
        #expect(records.allSatisfy { $0.missing == nil })
    }

    @Test func logThatEndsInZerosSaysSo() throws {
        let scratch = LogScratch()
        try scratch.append(line("one") + [UInt8](repeating: 0, count: 5000))
        let records = try scratch.records()
        #expect(records.map(\.missing) == [nil, 5000])
        try scratch.append(line("two"))
        #expect(try scratch.records(from: Int64(line("one").count + 5000)).map(\.text) == ["two"])
    }

    @Test func whatIsInMemoryIsReadAtOnceAndGapsAreNot() throws {
        let scratch = LogScratch()
        try scratch.append(lines[..<100].flatMap { $0 })
        let log = try scratch.open()
        // Where the file system can't tell what is in memory, it is never read at once.
        guard let page = try log.pageAtOnce(at: 0, maximumBytes: 24_576) else { return }
        #expect(page.records.count == 100)
        #expect(try log.pageAtOnce(at: 0, maximumBytes: 1000) == nil, "there is more than that")
        try scratch.append([UInt8](repeating: 0, count: 50_000) + line("x"))
        #expect(try log.pageAtOnce(at: page.nextOffset, maximumBytes: 24_576) == nil)
    }
}
