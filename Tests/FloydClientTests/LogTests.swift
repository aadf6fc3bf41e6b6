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

    /// Without a number the latest job is meant, which may be another one after the break.
    @Test func theJobStaysTheSameOverABreak() throws {
        let transport = ScriptedTransport([
            .failure(.unreachable("refused")), .partial(Self.event("job", Self.job(nil)) + Self.line("one", id: "1-5")),
            .status(200, [:], Self.event("end", Self.job(.success))),
        ])
        let query = LogQuery(isFollowing: true, start: .tail(5))
        _ = try FloydClient.scripted(transport).log(of: Reference(parsing: "x"), query) { _ in }
        let name = "/api/v1/jobs/x/log/stream?follow=true&tail=5"
        let id = "/api/v1/jobs/eo4LZmQVs9JMwW6xB8hta5/log/stream?follow=true&tail=5"
        #expect(transport.exchanges.map(\.path) == [name, name, id])
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

    @Test func everyPartIsAskedFor() {
        let job = Reference(.number(3))
        let path = "/api/v1/jobs/3/log/stream"
        #expect(LogQuery(isFollowing: false).path(of: job) == "\(path)?follow=false")
        #expect(
            LogQuery(isFollowing: true, attempt: 2, start: .tail(10), streams: ["stdout", "system"]).path(of: job)
                == "\(path)?follow=true&attempt=2&tail=10&stream=stdout%2Csystem"
        )
        #expect(
            LogQuery(isFollowing: false, start: .since(Date(timeIntervalSince1970: 1_795_325_238.5))).path(of: job)
                == "\(path)?follow=false&since=2026-11-22T05%3A27%3A18.500Z"
        )
    }

    @Test func anAttemptIsToldOnceHoweverOftenTheStreamBreaks() throws {
        func attempt(_ number: Int) -> [UInt8] {
            Self.event(
                "attempt",
                id: "\(number)-0",
                AttemptResponse(number: number, claimed: Date(timeIntervalSince1970: 0))
            )
        }
        let transport = ScriptedTransport([
            .partial(attempt(1) + Self.line("one", id: "1-5")),
            .partial(attempt(1) + Self.line("two", id: "1-9") + attempt(2)),
            .status(200, [:], attempt(2) + Self.line("three", id: "2-5") + Self.event("end", Self.job(.success))),
        ])
        var seen: [String] = []
        _ = try FloydClient.scripted(transport)
            .log(of: Reference(.number(3)), following: true) { event throws(FloydError) in
                switch event {
                case .attempt(let attempt): seen.append("\(attempt.number)")
                case .records(let records): seen += records.compactMap(\.text)
                case .job, .reconnecting: break
                }
            }
        #expect(seen == ["1", "one", "two", "2", "three"])
        #expect(transport.exchanges.map { $0.headers["Last-Event-ID"] } == [nil, "1-5", "2-0"])
    }

    @Test func aBreakBehindTheEndIsNone() throws {
        let transport = ScriptedTransport([.partial(Self.event("end", Self.job(.success)))])
        #expect(try follow(transport).breaks == 0)
        #expect(transport.exchanges.count == 1)
    }

    @Test func breaksWithProgressBetweenAreBorneWithoutEnd() throws {
        var count = 0
        let transport = ScriptedTransport { _ in
            count += 1
            return count < 200
                ? .partial(Self.line("\(count)", id: "1-\(count)"))
                : .status(200, [:], Self.event("end", Self.job(.success)))
        }
        let (_, lines, breaks) = try follow(transport)
        #expect(lines == (1..<200).map(String.init))
        #expect(breaks == 199)
    }

    /// A laptop that sleeps, a server that is updated: what was open once is waited for longer than what never was.
    @Test func aServerThatWasThereIsWaitedForLonger() {
        func pauses(_ first: [UInt8]?) -> Duration {
            var total = Duration.zero
            var first = first
            let transport = ScriptedTransport { _ in
                defer { first = nil }
                return first.map { .partial($0) } ?? .failure(.unreachable("refused"))
            }
            let client = FloydClient(address: .standard, token: nil, transport: transport, pause: { total += $0 })
            #expect(throws: FloydError.self) { try client.log(of: Reference(.number(3)), following: true) { _ in } }
            return total
        }
        #expect(pauses(nil) < .seconds(30))
        #expect(pauses(Self.event("job", Self.job(nil))) > .seconds(600))
    }
}
