import FloydAPI
import FloydCore
import FloydHTTP
import FloydModel
import Foundation
import Synchronization
import Testing

@testable import FloydServer

/// Keeps what is sent, and decides what a wait brings.
private final class FakeOutput: EventOutput {
    struct State {
        var sent = ""
        var waits = 0
    }

    let state = Mutex(State())
    /// Called at every wait with its number; true: signalled, false: the time is over, nil: the server stops.
    let onWait: @Sendable (Int) throws -> Bool?
    private let stopping = Mutex(false)

    init(onWait: @escaping @Sendable (Int) throws -> Bool?) { self.onWait = onWait }

    var sent: String { state.withLock { $0.sent } }
    var isStopping: Bool { stopping.withLock { $0 } }

    func send(_ bytes: [UInt8]) async throws {
        state.withLock { $0.sent += String(decoding: bytes, as: UTF8.self) }
    }

    func pause(for signal: HTTPSignal, timeout: Duration) async throws -> Bool {
        let number = state.withLock { state in
            state.waits += 1
            return state.waits
        }
        guard let result = try onWait(number) else {
            stopping.withLock { $0 = true }
            return false
        }
        return result
    }
}

@Suite("Log streams")
struct LogEventStreamTests {
    private func run(_ reader: FakeLogReader, _ output: FakeOutput, follow: Bool = true) async throws {
        try await LogEventStream(reader: reader, follow: follow, heartbeat: .seconds(15)).run(writingTo: output)
    }

    @Test("begin with the job, number records by offset, and close with the end")
    func whole() async throws {
        let reader = FakeLogReader([
            [.job(.test())], [.log([.test("a\r\nb", partial: true), .test(bytes: [0xff])], offset: 77)],
            [.end(.test(.finished, outcome: .success))],
        ])
        let output = FakeOutput { _ in true }
        try await run(reader, output)
        let events = output.sent.components(separatedBy: "\n\n")
        #expect(events.count == 4 && events[3].isEmpty)
        #expect(events[0].hasPrefix("event: job\ndata: {"))
        #expect(events[1].hasPrefix("event: log\nid: 77\ndata: [{"))
        #expect(events[2].hasPrefix("event: end\ndata: {"))
        let data = events[1].components(separatedBy: "\ndata: ")[1]
        let records = try MessageCoding.decode([LogRecordMessage].self, from: Data(data.utf8))
        #expect(records == [.test("a\r\nb", partial: true), .test(bytes: [0xff])])
        #expect(!output.sent.contains("\r"))
    }

    @Test("nothing follows the end")
    func end() async throws {
        let reader = FakeLogReader([[.end(.test(.finished, outcome: .failed)), .log([.test("x")], offset: 1)]])
        let output = FakeOutput { _ in true }
        try await run(reader, output)
        #expect(!output.sent.contains("event: log"))
    }

    @Test("silence is broken by a comment")
    func heartbeat() async throws {
        let reader = FakeLogReader([[.job(.test())]])
        let output = FakeOutput { number in
            if number == 3 { reader.push([.end(.test(.finished, outcome: .success))]) }
            return number == 3
        }
        try await run(reader, output)
        #expect(output.sent.components(separatedBy: ": heartbeat\n\n").count == 3)
        #expect(output.sent.contains("event: end"))
    }

    @Test("a server that stops says so last")
    func stop() async throws {
        let output = FakeOutput { _ in nil }
        try await run(FakeLogReader([[.job(.test())]]), output)
        #expect(output.sent.hasSuffix(": the server is stopping\n\n"))
        #expect(!output.sent.contains("heartbeat"))
    }

    @Test("a client that leaves ends it, and the subscription with it")
    func leave() async throws {
        let reader = FakeLogReader([[.job(.test())]])
        let output = FakeOutput { _ in
            #expect(reader.isSubscribed)
            throw HTTPBodyError.clientLeft
        }
        await #expect(throws: HTTPBodyError.clientLeft) { try await run(reader, output) }
        #expect(!reader.isSubscribed)
    }
}
