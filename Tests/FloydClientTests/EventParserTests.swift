import FloydModel
import Testing

@testable import FloydClient

@Suite struct EventParserTests {
    private func events(_ text: String, piece: Int = .max) throws -> [ServerSentEvent] {
        var parser = EventParser()
        var events: [ServerSentEvent] = []
        let bytes = Array(text.utf8)
        var start = 0
        while start < bytes.count {
            let end = piece == .max ? bytes.count : min(bytes.count, start + piece)
            try bytes[start..<end].withUnsafeBytes { buffer in
                try parser.feed(buffer) { event throws(FloydError) in events.append(event) }
            }
            start = end
        }
        return events
    }

    private static let sample = """
        : hello
        event: job
        data: {"a":1}

        id: 17
        event: log
        data: one
        data:two

        data: three


        """

    @Test func eventsAreCut() throws {
        let found = try events(Self.sample)
        #expect(
            found == [
                ServerSentEvent(id: nil, kind: "job", data: Array(#"{"a":1}"#.utf8)),
                ServerSentEvent(id: "17", kind: "log", data: Array("one\ntwo".utf8)),
                ServerSentEvent(id: "17", kind: "message", data: Array("three".utf8)),
            ]
        )
    }

    @Test(arguments: 1...9) func piecesMakeNoDifference(_ piece: Int) throws {
        #expect(try events(Self.sample, piece: piece) == events(Self.sample))
        let windows = String(Self.sample.flatMap { $0 == "\n" ? "\r\n" : String($0) })
        #expect(try events(windows, piece: piece) == events(Self.sample))
        let old = String(Self.sample.map { $0 == "\n" ? "\r" : $0 })
        #expect(try events(old, piece: piece) == events(Self.sample))
    }

    @Test func anEventWithoutItsEmptyLineIsNone() throws {
        #expect(try events("data: half\n").isEmpty)
        #expect(try events("event: job\n\n").isEmpty)
    }

    @Test func byteOrderMarkIsSkipped() throws {
        #expect(try events("\u{feff}data: x\n\n").map(\.data) == [Array("x".utf8)])
    }

    @Test func whatTheReceiverThrowsComesThrough() {
        var parser = EventParser()
        #expect(throws: FloydError.self) {
            try Array("data: x\n\n".utf8).withUnsafeBytes { buffer in
                try parser.feed(buffer) { _ throws(FloydError) in throw FloydError(.cancelled, "enough") }
            }
        }
    }
}
