import FloydAPI
import FloydCore
import FloydHTTP
import FloydModel
import Foundation
import Synchronization
import Testing

@testable import FloydServer

@Suite("Log streams")
struct LogEventStreamTests {
    private func run(_ reader: FakeLogReader, _ output: FakeOutput, follow: Bool = true) async throws {
        try await LogEventStream(reader: reader, channels: LogChannels(), follow: follow, heartbeat: .seconds(15))
            .run(writingTo: output)
    }

    @Test("begin with the job, number records by position, and close with the end")
    func whole() async throws {
        let reader = FakeLogReader([
            [.job(.test())], [.attempt(1)],
            [.log([.test("a\r\nb", partial: true), .test(bytes: [0xff])], offset: 77), .log([], offset: 99)],
            [.end(.test(.finished, outcome: .success))],
        ])
        let output = FakeOutput { _ in true }
        try await run(reader, output)
        let events = output.sent.components(separatedBy: "\n\n")
        #expect(events.count == 5 && events[4].isEmpty)
        #expect(events[0].hasPrefix("event: job\ndata: {"))
        #expect(events[1].hasPrefix("event: attempt\nid: 1-0\ndata: {"))
        #expect(events[2].hasPrefix("event: log\nid: 1-77\ndata: [{"))
        #expect(events[3].hasPrefix("event: end\ndata: {"))
        let data = events[2].components(separatedBy: "\ndata: ")[1]
        let records = try MessageCoding.decode([LogRecordMessage].self, from: Data(data.utf8))
        #expect(records == [.test("a\r\nb", partial: true), .test(bytes: [0xff])])
        #expect(!output.sent.contains("\r"))
    }

    @Test("two readers of the same records get the same bytes, also of very many")
    func shared() async throws {
        let records = (0..<2000).map { LogRecordMessage.test("line \($0)") }
        let events: [LogStreamEvent] = [.log(records, offset: 5), .end(.test(.finished, outcome: .success))]
        let outputs = [FakeOutput { _ in true }, FakeOutput { _ in true }]
        for output in outputs { try await run(FakeLogReader([events]), output) }
        #expect(outputs[0].sent == outputs[1].sent)
        #expect(outputs[0].sent.contains("line 1999"))
    }

    @Test("a flood is taken in pieces with pauses, once the job has ended without", arguments: [true, false])
    func flood(isLive: Bool) async throws {
        let records = (0..<3000).map { LogRecordMessage.test("line \($0)") }
        let job: JobResponse = isLive ? .test() : .test(.finished, outcome: .success)
        let output = FakeOutput { _ in false }
        try await run(FakeLogReader([[.job(job), .log(records, offset: 5)], [.end(job)]]), output)
        #expect(output.state.withLock { $0.waits } == (isLive ? 1 : 0))
        #expect(!output.sent.contains("heartbeat"))
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
