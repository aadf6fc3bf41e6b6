import FloydAPI
import FloydClient
import FloydModel
import FoundationEssentials
import Testing

@Suite struct LogTests {
    private static func job(_ outcome: JobOutcome?) -> JobResponse {
        JobResponse(
            id: ObjectID("eo4LZmQVs9JMwW6xB8hta5") ?? ObjectID(),
            name: "alice/projects/x/3",
            state: outcome == nil ? .running : .finished,
            outcome: outcome,
            exitCode: 0,
            signal: nil,
            reason: nil,
            created: Date(timeIntervalSince1970: 0),
            started: nil,
            finished: nil,
            command: "ls",
            environment: "python",
            instanceType: "cpu",
            message: nil,
            attempt: 1,
            gpus: [],
            data: [],
            maxRuntime: nil,
            isolation: "none"
        )
    }

    private static func event(_ kind: String, id: String? = nil, _ data: some Encodable) -> [UInt8] {
        let text = (try? MessageCoding.encode(data)).map { String(decoding: $0, as: UTF8.self) } ?? ""
        return Array("event: \(kind)\n\(id.map { "id: \($0)\n" } ?? "")data: \(text)\n\n".utf8)
    }

    private static func line(_ text: String, id: String) -> [UInt8] {
        event("log", id: id, [LogRecordMessage(time: "t", stream: "stdout", partial: false, bytes: Data(text.utf8))])
    }

    private func follow(_ transport: ScriptedTransport) throws -> (JobResponse, [String], breaks: Int) {
        var lines: [String] = []
        var breaks = 0
        let job = try FloydClient.scripted(transport)
            .log(of: Reference(.number(3)), following: true) { event throws(FloydError) in
                switch event {
                case .records(let records): lines += records.compactMap(\.text)
                case .reconnecting: breaks += 1
                case .job, .attempt: break
                }
            }
        return (job, lines, breaks)
    }

    @Test func aStreamEndsWithTheJob() throws {
        let body =
            Self.event("job", Self.job(nil)) + Self.line("one", id: "5") + Self.event("later", ["x"])
            + Self.event("end", Self.job(.success))
        let transport = ScriptedTransport([.status(200, [:], body)])
        let (job, lines, breaks) = try follow(transport)
        #expect(job.outcome == .success)
        #expect(lines == ["one"])
        #expect(breaks == 0)
        #expect(transport.exchanges[0].path == "/api/v1/jobs/3/log/stream?follow=true")
        #expect(transport.exchanges[0].headers["Last-Event-ID"] == nil)
    }

    @Test func aBrokenStreamIsTakenUpWhereItBroke() throws {
        let half = Array(Self.line("two", id: "10").prefix(20))
        let transport = ScriptedTransport([
            .partial(Self.line("one", id: "5") + half),
            .status(200, [:], Self.line("two", id: "10")),
            .failure(.unreachable("refused")),
            .problem(FloydError(.unavailable, "starting")),
            .status(200, [:], Self.line("three", id: "15") + Self.event("end", Self.job(.failed))),
        ])
        let (job, lines, breaks) = try follow(transport)
        #expect(lines == ["one", "two", "three"])
        #expect(job.outcome == .failed)
        #expect(breaks == 4)
        #expect(transport.exchanges.map { $0.headers["Last-Event-ID"] } == [nil, "5", "10", "10", "10"])
    }

    @Test func whatTheServerRefusesIsNotRepeated() {
        let transport = ScriptedTransport { _ in .problem(FloydError(.jobNotFound, "there is no job 3")) }
        #expect { try follow(transport) } throws: { ($0 as? FloydError)?.code == .jobNotFound }
        #expect(transport.exchanges.count == 1)
    }

    @Test func aServerThatStaysAwayIsGivenUp() {
        let transport = ScriptedTransport { _ in .failure(.unreachable("refused")) }
        #expect { try follow(transport) } throws: { ($0 as? FloydError)?.code == .unreachable }
    }

    @Test func givingUpIsNotMended() {
        let transport = ScriptedTransport { _ in .failure(.cancelled) }
        #expect { try follow(transport) } throws: { ($0 as? FloydError)?.code == .cancelled }
        #expect(transport.exchanges.count == 1)
    }
}
