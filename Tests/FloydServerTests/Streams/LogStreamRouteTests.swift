import FloydAPI
import FloydModel
import HTTPTypes
import Testing

@testable import FloydServer

@Suite("The address of a log stream")
struct LogStreamRouteTests {
    @Test(
        "says from where on",
        arguments: [
            ("", nil, 0), ("?offset=5", nil, 5), ("?offset=5", "9", 9), ("", "12", 12), ("?follow=false", "", 0),
            ("?follow=true&offset=9223372036854775807", nil, .max),
        ] as [(String, String?, Int64)]
    )
    func offsets(query: String, last: String?, offset: Int64) async throws {
        let app = try TestApplication()
        let fields: HTTPFields = last.map { [.lastEventID: $0] } ?? [:]
        let answer = await app.send(.get, "/api/v1/jobs/x/log/stream\(query)", fields)
        #expect(answer.status == 200)
        #expect(answer["Content-Type"] == "text/event-stream")
        #expect(answer["Cache-Control"] == "no-store")
        #expect(app.fake.calls == ["follow x \(offset)"])
    }

    @Test(
        "is refused where it says nonsense",
        arguments: [
            ("?offset=-1", nil), ("?offset=x", nil), ("?follow=yes", nil), ("?from=3", nil), ("", "x"), ("", "-4"),
            ("", "+4"),
        ] as [(String, String?)]
    )
    func refuses(query: String, last: String?) async throws {
        let app = try TestApplication()
        let fields: HTTPFields = last.map { [.lastEventID: $0] } ?? [:]
        #expect(await app.send(.get, "/api/v1/jobs/x/log/stream\(query)", fields).status == 400)
        #expect(app.fake.calls.isEmpty)
    }

    @Test("a job that isn't there is a problem, not a stream")
    func notFound() async throws {
        let app = try TestApplication()
        app.fake.set { $0.failure = FloydError(.jobNotFound, "there is no job x") }
        #expect(await app.send(.get, "/api/v1/jobs/x/log/stream").problem?.code == .jobNotFound)
    }
}
