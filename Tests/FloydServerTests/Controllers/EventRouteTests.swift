import FloydAPI
import FloydHTTP
import FloydModel
import Foundation
import HTTPTypes
import Testing

@testable import FloydServer

@Suite("Moves over HTTP")
struct EventRouteTests {
    private func move(_ id: Int64, _ state: JobState = .running) -> EventResponse {
        EventResponse(
            id: id,
            job: .fixed,
            name: "alice/projects/x/1",
            attempt: 1,
            state: state,
            outcome: state == .finished ? .success : nil,
            reason: nil,
            at: .fixed
        )
    }

    private func app(_ events: [EventResponse], job: JobResponse? = nil) throws -> TestApplication {
        let app = try TestApplication()
        app.fake.set { state in
            state.events = events
            state.jobs = job.map { [$0] } ?? []
        }
        return app
    }

    @Test("are listed in pages")
    func list() async throws {
        let app = try app((1...3).map { move($0) })
        let page = try await app.send(.get, "/api/v1/events?limit=2").decode(ListResponse<EventResponse>.self)
        #expect(page.items.map(\.id) == [1, 2] && page.next == "2")
        let rest = try await app.send(.get, "/api/v1/events?limit=2&after=2").decode(ListResponse<EventResponse>.self)
        #expect(rest.items.map(\.id) == [3] && rest.next == nil)
        _ = await app.send(.get, "/api/v1/events?job=x")
        #expect(app.fake.calls == ["events 0 2", "events 2 2", "events 0 x 100"])
    }

    @Test(
        "are refused where the address says nonsense",
        arguments: [
            "?after=-1", "?after=x", "?limit=0", "?limit=501", "?job=%20", "?cursor=x", "/stream?limit=1",
            "/stream?after=-1",
        ]
    )
    func refused(query: String) async throws {
        let app = try app([])
        #expect(await app.send(.get, "/api/v1/events\(query)").status == 400)
        #expect(app.fake.calls.isEmpty)
    }

    @Test(
        "stream from now on, or from where the client says",
        arguments: [
            ("", nil, "events 3 500"), ("?after=1", nil, "events 1 500"), ("?after=1", "2", "events 2 500"),
        ] as [(String, String?, String)]
    )
    func starts(query: String, last: String?, call: String) async throws {
        let app = try app((1...3).map { move($0) })
        let answer = await app.send(.get, "/api/v1/events/stream\(query)", last.map { [.lastEventID: $0] } ?? [:])
        #expect(answer["Content-Type"] == "text/event-stream")
        let output = FakeOutput { _ in nil }
        try await stream(app, last: Int64(call.split(separator: " ")[1]) ?? 0).run(writingTo: output)
        #expect(app.fake.calls.first == call)
        #expect(await app.send(.get, "/api/v1/events/stream", [.lastEventID: "1-2"]).status == 400)
    }

    private func stream(_ app: TestApplication, last: Int64, job: Reference? = nil) -> MoveEventStream {
        MoveEventStream(
            events: app.fake,
            jobs: app.fake,
            last: last,
            job: job,
            account: .test("alice"),
            heartbeat: .seconds(15)
        )
    }

    @Test("bring what comes while they are read, and comments in between")
    func live() async throws {
        let app = try app([move(1)])
        let output = FakeOutput { number in
            switch number {
            case 1:
                app.fake.set { $0.events.append(move(2)) }
                return true
            case 2: return false
            default: return nil
            }
        }
        try await stream(app, last: 0).run(writingTo: output)
        let events = output.sent.components(separatedBy: "\n\n")
        #expect(events[0] == "id: 0")
        #expect(events[1].hasPrefix("event: move\nid: 1\ndata: {"))
        #expect(events[2].hasPrefix("event: move\nid: 2\ndata: {"))
        #expect(events[3] == ": heartbeat")
        #expect(events[4] == ": the server is stopping")
    }

    @Test("of one job end with it", arguments: [true, false])
    func end(wasOver: Bool) async throws {
        let app = try app([move(1)], job: .test(wasOver ? .finished : .running, outcome: wasOver ? .success : nil))
        let output = FakeOutput { _ in
            app.fake.set { state in
                state.events.append(move(2, .finished))
                state.jobs = [.test(.finished, outcome: .success)]
            }
            return true
        }
        try await stream(app, last: 0, job: Reference(.id(.fixed))).run(writingTo: output)
        let events = output.sent.components(separatedBy: "\n\n")
        #expect(events.count == (wasOver ? 4 : 5))
        #expect(events[events.count - 2].hasPrefix("event: end\ndata: {"))
    }
}
