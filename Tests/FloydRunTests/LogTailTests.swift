import FloydRun
import Testing

@Suite struct LogTailTests {
    private let all = Set(LogRecord.Source.allCases)

    private func tail(_ count: Int, _ scratch: LogScratch, _ sources: Set<LogRecord.Source>? = nil) throws -> [String] {
        let offset = try scratch.open().offset(ofLast: count, from: sources ?? all)
        return try scratch.records(from: offset).map(\.text)
    }

    @Test(arguments: [0, 1, 2, 7, 3000, 9999, 10_000, 10_001, 1_000_000])
    func lastLinesAreFoundFromTheEnd(count: Int) throws {
        let scratch = LogScratch()
        try scratch.append((0..<10_000).flatMap { line("\($0) \(String(repeating: "x", count: $0 % 300))") })
        let expected = (max(0, 10_000 - count)..<10_000).map { "\($0) \(String(repeating: "x", count: $0 % 300))" }
        #expect(try tail(count, scratch) == expected)
    }

    @Test func lineOfManyPiecesIsOne() throws {
        let scratch = LogScratch()
        let piece = String(repeating: "x", count: LogFormat.maximumPiece)
        try scratch.append(line("before") + (0..<40).flatMap { _ in line(piece, partial: true) } + line("end"))
        #expect(try tail(1, scratch).count == 41)
        #expect(try tail(2, scratch).first == "before")
    }

    @Test func lineWithoutItsEndIsOne() throws {
        let scratch = LogScratch()
        try scratch.append(line("one") + line("two") + line("50%", partial: true) + line("60%", partial: true))
        #expect(try tail(1, scratch) == ["50%", "60%"])
        #expect(try tail(2, scratch) == ["two", "50%", "60%"])
        // What is no whole record yet is none.
        try scratch.append(Array(line("later").dropLast(3)))
        #expect(try tail(1, scratch) == ["50%", "60%"])
        #expect(try tail(0, scratch) == [])
    }

    @Test func onlyLinesOfTheStreamsAskedForAreCounted() throws {
        let scratch = LogScratch()
        try scratch.append(line("e", .stderr) + line("s", .system))
        try scratch.append((0..<5000).flatMap { line("\($0)") })
        #expect(try tail(1, scratch, [.stderr]).count == 5002)
        #expect(try tail(1, scratch, [.system]).first == "s")
        #expect(try tail(2, scratch, [.stdout]) == ["4998", "4999"])
    }

    @Test(arguments: [true, false]) func gapIsNoLine(asHole: Bool) throws {
        let scratch = LogScratch()
        try scratch.append((0..<20_000).flatMap { line("\($0)") })
        try scratch.forget(131_072..<786_432, asHole: asHole)
        let records = try scratch.records()
        let behind = try #require(records.firstIndex { $0.missing != nil }).distance(to: records.count) - 1
        #expect(try tail(behind, scratch).count == behind)
        #expect(try tail(behind + 1, scratch).count == behind + 2)
        #expect(try scratch.records(from: scratch.open().offset(ofLast: behind + 1, from: all))[1].missing != nil)
    }

    @Test func emptyLogBeginsAtItsBeginning() throws {
        let scratch = LogScratch()
        try scratch.append([])
        #expect(try scratch.open().offset(ofLast: 5, from: all) == 0)
        try scratch.append(Array("2026".utf8))
        #expect(try scratch.open().offset(ofLast: 5, from: all) == 0)
    }
}
