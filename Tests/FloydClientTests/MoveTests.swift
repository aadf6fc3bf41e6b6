import FloydAPI
import FloydClient
import FloydModel
import FoundationEssentials
import Testing

@Suite struct MoveTests {
    private static let id = ObjectID("eo4LZmQVs9JMwW6xB8hta5") ?? ObjectID()

    private static func move(_ id: Int64, _ state: JobState = .running) -> EventResponse {
        EventResponse(
            id: id,
            job: Self.id,
            name: "alice/projects/x/3",
            attempt: 1,
            state: state,
            outcome: nil,
            reason: nil,
            at: Date(timeIntervalSince1970: 0)
        )
    }

    private static func event(_ move: EventResponse) -> [UInt8] {
        let text = (try? MessageCoding.encode(move)).map { String(decoding: $0, as: UTF8.self) } ?? ""
        return Array("event: move\nid: \(move.id)\ndata: \(text)\n\n".utf8)
    }

    private static func end() throws -> [UInt8] {
        let job = JobResponse(
            id: id,
            name: "alice/projects/x/3",
            state: .finished,
            outcome: .failed,
            exitCode: 4,
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
        return Array("event: end\ndata: \(String(decoding: try MessageCoding.encode(job), as: UTF8.self))\n\n".utf8)
    }

    @Test func aJobsMovesAreFollowedToItsEnd() throws {
        let transport = ScriptedTransport([
            .partial(Self.event(Self.move(7)) + Self.event(Self.move(9)).prefix(30)),
            .failure(.unreachable("refused")),
            .status(
                200,
                [:],
                Array(": beat\n\nevent: later\nid: 8\ndata: x\n\n".utf8) + Self.event(Self.move(9)) + (try Self.end())
            ),
        ])
        var seen: [Int64] = []
        var signals = ""
        let job = try FloydClient.scripted(transport)
            .followEvents(after: 0, job: Reference(parsing: "x/3")) { event throws(FloydError) in
                switch event {
                case .connected: signals += "c"
                case .move(let move):
                    signals += "m"
                    seen.append(move.id)
                case .reconnecting: signals += "b"
                }
            }
        #expect(job.exitCode == 4)
        #expect(seen == [7, 9])
        #expect(signals == "cmbbcm")
        // What `x/3` meant at first is what is meant to the end.
        let path = "/api/v1/events/stream?after=0&job="
        #expect(transport.exchanges.map(\.path) == ["\(path)x%2F3", "\(path)\(Self.id)", "\(path)\(Self.id)"])
        #expect(transport.exchanges.map { $0.headers["Last-Event-ID"] } == [nil, "7", "7"])
    }

    /// A stream from now on may break before its first move: it is taken up at the place that the server opened it at.
    @Test func theOpeningPlaceIsKept() {
        let transport = ScriptedTransport([
            .partial(Array("id: 41\n\n".utf8)), .partial(Array("id: 42\n".utf8)), .failure(.cancelled),
        ])
        #expect {
            try FloydClient.scripted(transport).followEvents(after: nil) { _ in }
        } throws: {
            ($0 as? FloydError)?.code == .cancelled
        }
        #expect(transport.exchanges.map(\.path) == Array(repeating: "/api/v1/events/stream", count: 3))
        #expect(transport.exchanges.map { $0.headers["Last-Event-ID"] } == [nil, "41", "41"])
    }

    @Test func whatTheServerRefusesIsNotRepeated() throws {
        let transport = ScriptedTransport { _ in .problem(FloydError(.jobNotFound, "there is no job 3")) }
        #expect {
            try FloydClient.scripted(transport).followEvents(after: 0, job: Reference(.number(3))) { _ in }
        } throws: {
            ($0 as? FloydError)?.code == .jobNotFound
        }
        #expect(transport.exchanges.count == 1)
    }

    @Test func movesAreListedOverAllPages() throws {
        let transport = ScriptedTransport([
            .json(ListResponse(items: [Self.move(5), Self.move(6)], next: "6")),
            .json(ListResponse(items: [Self.move(8)])),
        ])
        let moves = try FloydClient.scripted(transport).events(after: 4, job: Reference(parsing: "x/3"))
        #expect(moves.map(\.id) == [5, 6, 8])
        #expect(
            transport.exchanges.map(\.path) == [
                "/api/v1/events?after=4&limit=500&job=x%2F3", "/api/v1/events?after=6&limit=500&job=x%2F3",
            ]
        )
    }

    @Test func aPageThatLeadsBackEnds() throws {
        let transport = ScriptedTransport { _ in .json(ListResponse(items: [Self.move(1)], next: "0")) }
        #expect(try FloydClient.scripted(transport).events().count == 1)
    }
}
