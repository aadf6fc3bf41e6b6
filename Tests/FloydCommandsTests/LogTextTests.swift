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
