import FloydAPI
import FloydCore
import FloydModel
import Foundation
import Testing

@testable import FloydServer

@Suite("The text of a log")
struct LogTextTests {
    private func text(_ records: [LogRecordMessage]) -> LogText {
        var text = LogText()
        for record in records { text.append(record) }
        return text
    }

    @Test(
        "is what a terminal would show in the end",
        arguments: [
            ("plain\ttext", "plain\ttext"), ("10%\r20%\r100%", "100%"), ("100%\r5%", "5%0%"), ("done\r", "done"),
            ("\r\rx", "x"),
            ("abc\u{8}\u{8}X", "aXc"), ("\u{8}x", "x"), ("\u{1b}[1;31mred\u{1b}[0m", "red"),
            ("long text\r\u{1b}[Kx", "x"),
            ("long\u{1b}[2K\rx", "x"), ("ab\u{1b}[1Kc", "  c"), ("\u{1b}]0;title\u{7}x", "x"),
            ("\u{1b}]8;;http://a\u{1b}\\link\u{1b}]8;;\u{1b}\\", "link"),
            ("\u{1b}(Bx", "x"), ("\u{1b}Pdevice\u{1b}\\x", "x"), ("a\u{0}b\u{7f}c\u{9b}d", "abcd"), ("é🚀\r12", "12"),
            ("x\u{1b}", "x"),
        ]
    )
    func terminal(printed: String, shown: String) {
        #expect(text([.test(printed)]).blocks == [.init(stream: "stdout", text: shown + "\n")])
        // The same in pieces of a byte each.
        let pieces = printed.utf8.map { LogRecordMessage.test(bytes: [$0], partial: true) } + [.test("")]
        #expect(text(pieces).blocks == [.init(stream: "stdout", text: shown + "\n")])
    }

    @Test("keeps streams apart and in order")
    func streams() {
        let text = text([
            .test("a"), .test("b"), .test("half", partial: true), .test("e", "stderr"), .test("s", "system"),
            .test("?", "new"),
            .test(" done"), .test("open\rO", "stderr", partial: true),
        ])
        #expect(
            text.blocks == [
                .init(stream: "stdout", text: "a\nb\n"), .init(stream: "stderr", text: "e\n"),
                .init(stream: "system", text: "s\n?\n"),
                .init(stream: "stdout", text: "half done\n"),
            ]
        )
        #expect(text.unfinished == [.init(stream: "stderr", text: "Open", cursor: 1)])
    }

    @Test("repairs what is no UTF-8, and waits for the rest of a character")
    func bytes() {
        let text = text([.test(bytes: [0x61, 0xff, 0xc3], partial: true), .test(bytes: [0xa9, 0xe2, 0x82])])
        #expect(text.blocks == [.init(stream: "stdout", text: "a\u{fffd}é\u{fffd}\n")])
    }

    @Test("a line has an end even where none is printed")
    func longLine() {
        let text = text([.test(String(repeating: "x", count: 200_000))])
        #expect(text.blocks[0].text.utf8.count == TerminalLine.maximumLength + 1)
    }

    @Test("an excerpt is the last lines, and fewer where they are too long")
    func excerpt() async throws {
        let fake = FakeServices()
        fake.set { $0.logEvents = [[.attempt(1, offset: 1000), .log([.test("a")], offset: 4711)], [.end(.test())]] }
        let reference = try Reference(parsing: "x")
        let whole = try await LogExcerpt.read(of: reference, limit: 3711, from: fake, as: .test("alice"))
        #expect(whole.text.blocks.map(\.text) == ["a\n"])
        #expect(whole.position == LogPosition(attempt: 1, offset: 4711) && whole.isCut)
        #expect(fake.calls == ["follow x tail 0", "follow x tail 2000"])
        _ = try await LogExcerpt.read(of: reference, limit: 100, from: fake, as: .test("alice"))
        #expect(fake.calls.last == "follow x from 1-4611")
    }

    @Test("an excerpt ends where the log ended when it was asked for, though more is printed all the time")
    func endless() async throws {
        let fake = FakeServices()
        fake.set { state in
            state.logEvents = [[.attempt(1)], [.log([.test("a")], offset: 10)]]
        }
        let reference = try Reference(parsing: "x")
        let excerpt = try await LogExcerpt.read(of: reference, limit: 3711, from: fake, as: .test("alice"))
        #expect(excerpt.position.offset == 10 && !excerpt.isCut)
    }
}

@Suite("Amounts")
struct AmountTests {
    @Test(
        "of time",
        arguments: [(-5, "0 s"), (59.9, "59 s"), (67, "1 min 07 s"), (3600, "1 h 00 min"), (90_000, "1 d 1 h")]
            as [(Double, String)]
    )
    func durations(seconds: Double, text: String) {
        #expect(Amount.duration(seconds: seconds) == text)
    }

    @Test(
        "of bytes",
        arguments: [
            (0, "0 B"), (999, "999 B"), (1000, "1 kB"), (1234, "1.2 kB"), (99_999, "99.9 kB"), (999_999, "999 kB"),
            (1_000_000, "1 MB"), (64_000_000_000, "64 GB"), (.max, "9223 PB"),
        ] as [(Int64, String)]
    )
    func bytes(count: Int64, text: String) {
        #expect(Amount.bytes(count) == text)
    }
}
