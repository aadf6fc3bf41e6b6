import FloydAPI
import Foundation
import Testing

@testable import FloydCommands

@Suite struct LogTextTests {
    private func record(_ text: String, partial: Bool = false, stream: String = "stdout") -> LogRecordMessage {
        LogRecordMessage(
            time: "2026-11-22T05:27:18.497999999Z",
            stream: stream,
            partial: partial,
            bytes: Data(text.utf8)
        )
    }

    /// The text of `records`, with each prefix as `>`.
    private func text(_ records: [LogRecordMessage], terminal: Bool = false) -> String {
        var text = LogText(isTerminal: terminal)
        var bytes: [UInt8] = []
        for record in records { bytes += text.add(record) }
        bytes += text.finish()
        var clock = LogClock()
        return String(decoding: bytes, as: UTF8.self)
            .replacingOccurrences(of: clock.local("2026-11-22T05:27:18.497999999Z") + " INFO - ", with: ">")
    }

    @Test func everyLineGetsItsPrefix() {
        let records = [record("one"), record("two", stream: "stderr"), record(""), record("three", stream: "system")]
        #expect(text(records) == ">one\n>two\n>\n>three\n")
        #expect(text(records, terminal: true) == ">one\n>two\n>\n>three\n")
    }

    @Test func piecesAreJoined() {
        let records = [
            record("on", partial: true), record("err", partial: true, stream: "stderr"), record("e"),
            record("or", stream: "stderr"),
        ]
        #expect(text(records) == ">one\n>error\n")
    }

    @Test func aCharacterMayBeCutBetweenPieces() {
        let bytes = Array("ü".utf8)
        let pieces = bytes.map {
            LogRecordMessage(time: "2026-11-22T05:27:18.497999999Z", stream: "stdout", partial: true, bytes: Data([$0]))
        }
        #expect(text(pieces + [record("!")]) == ">ü!\n")
    }

    @Test func elsewhereALineShowsItsLastState() {
        #expect(text([record("10%\r20%\r30%")]) == ">30%\n")
        #expect(text([record("10%\r", partial: true), record("20%\r", partial: true), record("")]) == ">20%\n")
        #expect(text([record("windows\r")]) == ">windows\n")
        #expect(text([record("\r\r")]) == ">\n")
    }

    @Test func aTerminalShowsPiecesAsTheyCome() {
        var text = LogText(isTerminal: true)
        let first = String(decoding: text.add(record("10%\r", partial: true)), as: UTF8.self)
        #expect(first.hasSuffix("INFO - 10%"))
        let second = String(decoding: text.add(record("20%", partial: true)), as: UTF8.self)
        #expect(second.hasPrefix("\r"))
        #expect(second.hasSuffix("INFO - 20%"))
        #expect(text.add(record("")) == [0x0a])
    }

    @Test func aTerminalKeepsStreamsApart() {
        let records = [record("out", partial: true), record("err", stream: "stderr"), record("put")]
        #expect(text(records, terminal: true) == ">out\n>err\n>put\n")
    }

    @Test func anUnfinishedLineCanBeBroken() {
        var text = LogText(isTerminal: true)
        #expect(text.breakLine().isEmpty)
        _ = text.add(record("half", partial: true))
        #expect(text.breakLine() == [0x0a])
        #expect(text.breakLine().isEmpty)
        #expect(String(decoding: text.add(record("rest")), as: UTF8.self).hasSuffix("INFO - rest\n"))
    }

    @Test func whatHasNoEndIsShownAtTheEnd() {
        #expect(text([record("half", partial: true)]) == ">half\n")
        #expect(text([record("half", partial: true)], terminal: true) == ">half\n")
    }

    @Test func aLineWithoutEndIsNotHeldForEver() {
        var text = LogText(isTerminal: false)
        let piece = String(repeating: "x", count: 1 << 16)
        var shown = 0
        for _ in 0..<40 { shown += text.add(record(piece, partial: true)).count }
        #expect(shown > 1 << 20)
    }

    @Test func aShorterStateLeavesNothingOfALongerOne() {
        #expect(text([record("100%\r5%")], terminal: true) == ">100%\r\u{1b}[K>5%\n")
    }

    /// The prefix makes a bar of 80 columns one of two rows: its next state begins where the first row did.
    @Test(arguments: [(49, ""), (50, "\u{1b}[1A"), (129, "\u{1b}[1A"), (130, "\u{1b}[2A")])
    func aLongBarGoesBackAllItsRows(_ length: Int, _ way: String) {
        var text = LogText(isTerminal: true, columns: { 80 })
        let bar = String(repeating: "█", count: length)
        _ = text.add(record(bar, partial: true))
        let next = String(decoding: text.add(record("\r" + bar, partial: true)), as: UTF8.self)
        #expect(next.hasPrefix(way.isEmpty ? "\r\u{1b}[K2026" : "\(way)\r\u{1b}[J2026"), "\(next.debugDescription)")
    }

    @Test func aBarGoesOnAcrossRecordsAndStreams() {
        let records = [
            record("10%", partial: true), record("\r", partial: true), record("note", stream: "stderr"),
            record("20%\r", partial: true), record("30%"),
        ]
        #expect(text(records) == ">note\n>30%\n")
        #expect(text(records, terminal: true) == ">10%\n>note\n>20%\r\u{1b}[K>30%\n")
    }

    @Test func aReturnBeforeTheNewlineIsNoState() {
        let records = [record("one\r"), record("two\r", partial: true), record(""), record("a\rb\r")]
        #expect(text(records) == ">one\n>two\n>b\n")
        #expect(text(records, terminal: true) == ">one\n>two\n>a\r\u{1b}[K>b\n")
    }

    @Test func aLineThatWasCutHasNoEmptyRest() {
        let piece = String(repeating: "x", count: (1 << 20) + 1)
        #expect(text([record(piece, partial: true), record("")]) == ">\(piece)\n")
        #expect(text([record(piece, partial: true), record("y")]) == ">\(piece)\n>y\n")
        #expect(text([record(piece, partial: true), record("\rz")]) == ">\(piece)\n>z\n")
    }

    /// A bar without newlines, as long as one likes, holds no more than its last state.
    @Test func aBarWithoutEndIsHeldInItsLastStateAlone() {
        var text = LogText(isTerminal: false)
        var shown = 0
        let states = String(repeating: String(repeating: "x", count: 1_000) + "\r", count: 64)
        for _ in 0..<50 { shown += text.add(record(states, partial: true)).count }
        #expect(shown == 0)
        #expect(text.finish().count < 1_100)
    }

    @Test func linesThatHaveNoRestToComeAreEnded() {
        var text = LogText(isTerminal: false)
        _ = text.add(record("half", partial: true))
        #expect(String(decoding: text.endLines(), as: UTF8.self).hasSuffix("INFO - half\n"))
        #expect(text.endLines().isEmpty)
        #expect(String(decoding: text.add(record("next")), as: UTF8.self).hasSuffix("INFO - next\n"))
    }

    @Test func anUnfinishedLineStandsBeforeWhatFloydliteSaysBehindIt() {
        let records = [
            record("loss 0.1", partial: true), record("warn", stream: "stderr"), record(" acc 0.9", partial: true),
            record("Job ended", stream: "system"),
        ]
        #expect(text(records) == ">warn\n>loss 0.1 acc 0.9\n>Job ended\n")
    }

    @Test func aLineThatGoesOnBehindWhatFloydliteSaysBeginsAnew() {
        let records = [
            record("10 %\r", partial: true), record("20 %", partial: true), record("said", stream: "system"),
        ]
        #expect(text(records + [record("")]) == ">20 %\n>said\n")
        #expect(text(records + [record(" done")]) == ">20 %\n>said\n> done\n")
        #expect(text(records + [record("\r30 %")]) == ">20 %\n>said\n>30 %\n")
    }

    @Test func coloursDoNotOutliveTheLog() {
        #expect(text([record("\u{1b}[31mred")], terminal: true) == ">\u{1b}[31mred\n\u{1b}[0m")
        #expect(text([record("\u{1b}[31mred")]) == ">red\n")
    }

    @Test func timesAreLocal() {
        var clock = LogClock()
        let local = clock.local("2026-11-22T05:27:18.497999999Z")
        let pattern = /\d{4}-\d\d-\d\d \d\d:\d\d:18,497/
        #expect(local.wholeMatch(of: pattern) != nil)
        #expect(clock.local("2026-11-22T05:27:18Z").hasSuffix(":18,000"))
        #expect(clock.local("2026-11-22T05:27:19.5Z").hasSuffix(":19,500"))
        #expect(!clock.local("what\u{1b}[2J").contains("\u{1b}"))
    }
}

@Suite struct LineWidthTests {
    @Test(arguments: [
        ("", 0), ("abc", 3), ("a\tb", 9), ("12345678\t", 16), ("\u{1b}[31mred\u{1b}[0m", 3), ("漢字", 4), ("🙂", 2),
        ("e\u{301}", 1), ("██", 2), ("ü", 1),
    ])
    func columnsAreCounted(_ text: String, _ columns: Int) {
        var width = LineWidth()
        width.add(text.utf8)
        #expect(width.columns == columns)
    }

    @Test func aColourMayComeInPieces() {
        var width = LineWidth()
        for byte in "a\u{1b}[38;5;1mb".utf8 { width.add([byte]) }
        #expect(width.columns == 2)
    }

    @Test(arguments: [(0, 0), (80, 0), (81, 1), (160, 1), (161, 2)])
    func aFullRowKeepsTheCursor(_ columns: Int, _ rows: Int) {
        var width = LineWidth()
        width.add(Array(repeating: UInt8(ascii: "x"), count: columns))
        #expect(width.rowsAbove(in: 80) == rows)
        #expect(width.rowsAbove(in: 0) == 0)
    }
}
