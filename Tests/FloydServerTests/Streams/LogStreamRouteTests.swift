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
            ("", nil, "x"), ("?from=1-5", nil, "x from 1-5"), ("?from=1-5", "2-9", "x from 2-9"),
            ("", "1-12", "x from 1-12"), ("?follow=false", "", "x"),
            ("?follow=true&from=3-9223372036854775807", nil, "x from 3-9223372036854775807"),
            ("?tail=0", nil, "x tail 0"), ("?tail=10&attempt=2", nil, "x attempt 2 tail 10"),
            ("?line=7", nil, "x line 7"), ("?line=7", "1-2", "x from 1-2"),
            ("?since=2026-11-22T12:00:00Z", nil, "x since 2026-11-22T12:00:00.000Z"),
            ("?since=2026-11-22T12:00:00.123456789Z", nil, "x since 2026-11-22T12:00:00.123Z"),
            ("?since=2026-11-22T13:00:00%2B01:00", nil, "x since 2026-11-22T12:00:00.000Z"),
            ("?stream=stderr", nil, "x stderr"), ("?stream=stdout,system", nil, "x stdout,system"),
            ("?stream=stdout,stderr,system", nil, "x"),
        ] as [(String, String?, String)]
    )
    func starts(query: String, last: String?, call: String) async throws {
        let app = try TestApplication()
        let fields: HTTPFields = last.map { [.lastEventID: $0] } ?? [:]
        let answer = await app.send(.get, "/api/v1/jobs/x/log/stream\(query)", fields)
        #expect(answer.status == 200)
        #expect(answer["Content-Type"] == "text/event-stream")
        #expect(answer["Cache-Control"] == "no-store")
        #expect(app.fake.calls == ["follow \(call)"])
    }

    @Test(
        "is refused where it says nonsense",
        arguments: [
            ("?from=-1", nil), ("?from=5", nil), ("?from=1-x", nil), ("?from=1-5-6", nil), ("?follow=yes", nil),
            ("?offset=3", nil), ("", "x"), ("", "4"), ("", "+1-4"), ("?tail=-1", nil), ("?tail=", nil),
            ("?tail=x", nil), ("?line=0", nil), ("?line=1&tail=2", nil), ("?from=1-0&since=2026-11-22T12:00:00Z", nil),
            ("?since=yesterday", nil), ("?since=10m", nil), ("?attempt=0", nil), ("?attempt=-1", nil),
            ("?stream=", nil), ("?stream=stdout,", nil), ("?stream=out", nil), ("?tail=1&tail=1", nil),
        ] as [(String, String?)]
    )
    func refuses(query: String, last: String?) async throws {
        let app = try TestApplication()
        let fields: HTTPFields = last.map { [.lastEventID: $0] } ?? [:]
        let answer = await app.send(.get, "/api/v1/jobs/x/log/stream\(query)", fields)
        #expect(answer.status == 400)
        #expect(answer.problem?.code == .invalidRequest)
        #expect(app.fake.calls.isEmpty)
    }

    @Test("a job that isn't there is a problem, not a stream")
    func notFound() async throws {
        let app = try TestApplication()
        app.fake.set { $0.failure = FloydError(.jobNotFound, "there is no job x") }
        #expect(await app.send(.get, "/api/v1/jobs/x/log/stream").problem?.code == .jobNotFound)
    }
}
