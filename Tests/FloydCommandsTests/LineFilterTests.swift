import FloydAPI
import FloydModel
import Foundation
import Testing

@testable import FloydCommands

@Suite struct LinePatternTests {
    private func matches(_ pattern: String, _ line: String) throws -> Bool {
        try Array(line.utf8).withUnsafeBufferPointer { try LinePattern(pattern).matches($0) }
    }

    @Test(arguments: [
        ("b", "abc", true), ("^b", "abc", false), ("c$", "abc", true), ("^a.*c$", "abc", true), ("a|x", "xyz", true),
        ("(ab)+c{2}", "ababcc", true), ("[0-9]+ loss", "epoch 12 loss", true), ("^$", "", true), ("^$", "x", false),
        ("grün", "so grün ist", true), ("\\.", "abc", false), ("[[:digit:]]", "x1", true), ("", "x", true),
    ])
    func extendedExpressionsAreKnown(_ pattern: String, _ line: String, _ expected: Bool) throws {
        #expect(try matches(pattern, line) == expected)
    }

    @Test(
        arguments: [
            ([0xff, 0x61], "a", true), ([0x61, 0xff, 0x62], "^a.b$", true), ([0x61, 0x00, 0x62], "b$", true),
            ([0x00], "x", false), ([0xc3], "^.$", true),
        ] as [([UInt8], String, Bool)]
    )
    func aLineNeedsToBeNoText(_ line: [UInt8], _ pattern: String, _ expected: Bool) throws {
        let pattern = try LinePattern(pattern)
        #expect(line.withUnsafeBufferPointer { pattern.matches($0) } == expected)
    }

    @Test(arguments: ["(", "[a", "a{2,1}", "*(", "\\"])
    func aBadOneSaysWhatIsWrong(_ text: String) {
        #expect {
            try LinePattern(text)
        } throws: { error in
            guard let error = error as? FloydError else { return false }
            let reason = error.message.components(separatedBy: "is not a regular expression: ").last ?? ""
            return error.code == .invalidRequest && !reason.isEmpty && error.message.contains(text.debugDescription)
        }
        #expect(throws: FloydError.self) { try LinePattern("a\0b") }
    }
}

@Suite struct LineFilterTests {
    private func record(_ text: String, partial: Bool = false, stream: String = "stdout") -> LogRecordMessage {
        record(Array(text.utf8), partial: partial, stream: stream)
    }

    private func record(_ bytes: [UInt8], partial: Bool = false, stream: String = "stdout") -> LogRecordMessage {
        LogRecordMessage(time: "2026-11-22T05:27:18Z", stream: stream, partial: partial, bytes: Data(bytes))
    }

    private func filtered(_ pattern: String, _ records: [LogRecordMessage]) throws -> [String] {
        var filter = LineFilter(try LinePattern(pattern))
        return (records.flatMap { filter.add($0) } + filter.finish())
            .map { String(decoding: $0.bytes, as: UTF8.self) }
    }

    @Test func onlyLinesThatMatchComeThrough() throws {
        #expect(try filtered("o", [record("one"), record("six"), record("two")]) == ["one", "two"])
    }

    @Test func aLineIsPutTogetherFromItsPieces() throws {
        let records = [
            record("ep", partial: true), record("noise", partial: true, stream: "stderr"), record("och", partial: true),
            record(" 3"), record(" more", stream: "stderr"),
        ]
        #expect(try filtered("^epoch 3$", records) == ["ep", "och", " 3"])
        #expect(try filtered("^noise more$", records) == ["noise", " more"])
        #expect(try filtered("ochno", records).isEmpty)
    }

    @Test func aLineWithoutEndIsOneAtTheEnd() throws {
        #expect(try filtered("half", [record("ha", partial: true), record("lf", partial: true)]) == ["ha", "lf"])
        #expect(try filtered("^$", [record("x", partial: true)]).isEmpty)
    }

    @Test func theReturnBeforeANewlineIsNotOfTheLine() throws {
        #expect(try filtered("^ready$", [record("ready\r"), record("rea\rdy")]) == ["ready\r"])
    }

    @Test func bytesThatAreNoTextStay() throws {
        var filter = LineFilter(try LinePattern("b"))
        let line = record([0xff, 0x62, 0xfe])
        #expect(filter.add(line).first?.bytes == Data([0xff, 0x62, 0xfe]))
    }

    /// A gigabyte in one line, at most a mebibyte of it held: what matches late comes through from there on.
    @Test func aLongLineIsSearchedInParts() throws {
        let piece = String(repeating: "x", count: 1 << 16)
        var filter = LineFilter(try LinePattern("needle"))
        var passed = 0
        var seen: [String] = []
        for number in 0..<200 {
            let text = number == 100 ? "needle" + piece : piece
            let through = filter.add(record(text, partial: true))
            passed += through.count
            seen += through.map { String($0.bytes.count) }
            if number < 100 { #expect(through.isEmpty) }
        }
        // The part that it stands in, and all behind that.
        #expect(passed > 100 - 16)
        #expect(passed <= 100 + 16)
        #expect(filter.add(record("end")).count == 1)
        #expect(filter.add(record("next line")).isEmpty)
        #expect(filter.finish().isEmpty)
    }

    @Test func onlyTheFirstPartBeginsALineAndTheLastEndsIt() throws {
        let long = record(String(repeating: "x", count: (1 << 20) + 1), partial: true)
        #expect(try filtered("^y", [long, record("y")]).isEmpty)
        #expect(try filtered("y$", [long, record("y")]) == ["y"])
        #expect(try filtered("x$", [long, record("y")]).isEmpty)
    }

    @Test func manySmallPiecesAreBoundedToo() throws {
        var filter = LineFilter(try LinePattern("never"))
        for _ in 0..<50_000 { #expect(filter.add(record("x", partial: true)).isEmpty) }
        #expect(filter.weight <= LineFilter.longestPart)
        #expect(filter.weight > 0)
    }
}

@Suite struct LogStartTests {
    private func date(_ text: String) throws -> Date {
        try LogStart(parsing: text).date(serverTime: { nil }, now: Date(timeIntervalSince1970: 1_000_000))
    }

    @Test func aSpanIsTakenFromTheServersClock() throws {
        let start = try LogStart(parsing: "10m")
        let now = Date(timeIntervalSince1970: 5)
        #expect(
            try start.date(serverTime: { Date(timeIntervalSince1970: 1_000_600) }, now: now)
                == Date(timeIntervalSince1970: 1_000_000)
        )
        #expect(try start.date(serverTime: { nil }, now: now) == Date(timeIntervalSince1970: -595))
    }

    @Test(arguments: [
        ("2026-11-22T05:27:18Z", 1_795_325_238.0), ("2026-11-22 05:27:18z", 1_795_325_238),
        ("2026-11-22T05:27Z", 1_795_325_220), ("2026-11-22T06:27:18+01:00", 1_795_325_238),
        ("2026-11-22T00:57:18-04:30", 1_795_325_238), ("2026-11-22T05:27:18.25Z", 1_795_325_238.25),
    ])
    func timesWithAZone(_ text: String, _ seconds: Double) throws {
        #expect(try date(text) == Date(timeIntervalSince1970: seconds))
    }

    @Test(arguments: ["2026-11-22 14:00", "2026-11-22T14:00:00", "2026-11-22 14:00:00.0"])
    func aTimeWithoutAZoneIsLocal(_ text: String) throws {
        var clock = LogClock()
        #expect(clock.local(MessageCoding.format(try date(text))) == "2026-11-22 14:00:00,000")
    }

    @Test func aDayBeginsAtMidnight() throws {
        var clock = LogClock()
        #expect(clock.local(MessageCoding.format(try date("2026-11-22"))) == "2026-11-22 00:00:00,000")
    }

    @Test(arguments: [
        "", "yesterday", "-10m", "10 minutes", "2026-02-30", "2026-13-01", "2026-11-22 25:00", "2026-11-22 10:60",
        "2026-11-22 10", "2026-11-22 10:00 Z", "2026-11-22T10:00:00.Z", "2026-11-22T10:00:00+1", "22.11.2026", "14:00",
    ])
    func whatIsNoTimeIsRefused(_ text: String) {
        #expect {
            try LogStart(parsing: text)
        } throws: {
            ($0 as? FloydError)?.code == .invalidRequest
        }
    }
}
