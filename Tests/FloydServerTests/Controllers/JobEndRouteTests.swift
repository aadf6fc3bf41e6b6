import FloydAPI
import FloydModel
import HTTPTypes
import Synchronization
import Testing

@testable import FloydServer

@Suite("Deleting and restarting jobs over HTTP")
struct JobEndRouteTests {
    @Test("jobs and outputs are deleted, without a word")
    func delete() async throws {
        let app = try TestApplication()
        for path in ["/api/v1/jobs/x%2F3", "/api/v1/jobs/x%2F3/output"] {
            let answer = await app.send(.delete, path)
            #expect(answer.status == 204 && answer.bytes.isEmpty)
        }
        #expect(app.fake.calls == ["delete job x/3", "delete output x/3"])
        app.fake.set { $0.failure = FloydError(.gone, "the output of x/3 was deleted") }
        #expect(await app.send(.delete, "/api/v1/jobs/x%2F3/output").status == 410)
        #expect(await app.send(.delete, "/api/v1/jobs/a%20b").status == 400)
    }

    @Test(
        "a restart takes what differs, or nothing at all",
        arguments: [("", "as it was"), ("{}", "as it was"), (#"{"command":"ls","data":[]}"#, "ls")]
    )
    func restart(body: String, call: String) async throws {
        let app = try TestApplication()
        let answer = await app.json(.post, "/api/v1/jobs/x%2F3/restart", body)
        #expect(answer.status == 201)
        #expect(answer["Location"] == "/api/v1/jobs/\(try answer.decode(JobResponse.self).id)")
        #expect(app.fake.calls == ["restart x/3 \(call)"])
    }

    @Test(
        "a restart that can't be meant is refused",
        arguments: [
            #"{"code":"eo4LZmQVs9JMwW6xB8hta5"}"#, #"{"command":" "}"#, #"{"retries":-1}"#, #"{"max_runtime":0}"#,
            #"{"data":[{"mount":"x"}]}"#, #"{"project":"a/b"}"#, "[]", "x",
        ]
    )
    func refused(body: String) async throws {
        let app = try TestApplication()
        let answer = await app.json(.post, "/api/v1/jobs/x/restart", body)
        #expect(answer.status == 400 && answer.problem?.code == .invalidRequest)
        #expect(app.fake.calls.isEmpty)
    }

    @Test("a restart with a key is told apart by its job and by what it says")
    func keys() async throws {
        let app = try TestApplication()
        for (path, body) in [("x%2F3", "{}"), ("x%2F3", "{}"), ("x%2F4", "{}"), ("x%2F3", #"{"retries":1}"#)] {
            let path = "/api/v1/jobs/\(path)/restart"
            _ = await app.send(.post, path, [.idempotencyKey: "k"], body: body, type: "application/json")
        }
        let prints = app.fake.state.withLock { $0.keys.map(\.fingerprint) }
        #expect(prints.count == 4 && prints[0] == prints[1])
        #expect(Set(prints).count == 3)
    }

    @Test("a deleted job shows on no page; one without its output says so")
    func pages() async throws {
        let server = try await RealServer()
        let things = try await server.make(100, isPublic: false)
        func page() async -> Answer { await server.send(.init(method: .get, path: "/jobs/\(things.job)"), as: .owner) }
        #expect(await page().text.contains("result.txt"))
        let output = RealServer.Ask(method: .delete, path: "/api/v1/jobs/\(things.job)/output")
        #expect(await server.send(output, as: .owner).status == 204)
        #expect(await page().text.contains("The job&#39;s output was deleted."))
        #expect(await !page().text.contains("result.txt"))
        let job = RealServer.Ask(method: .delete, path: "/api/v1/jobs/\(things.job)")
        #expect(await server.send(job, as: .owner).status == 204)
        #expect(await page().status == 404)
        #expect(await server.send(.init(method: .get, path: "/"), as: .owner).text.contains(things.job.string) == false)
        let waiting = RealServer.Ask(method: .delete, path: "/api/v1/jobs/\(things.waiting)")
        let refused = await server.send(waiting, as: .owner)
        #expect(refused.status == 409 && refused.problem?.hint?.contains("floydlite stop") == true)
        // Its end is told, and nothing before it.
        let events = await server.send(.init(method: .get, path: "/api/v1/events"), as: .owner).text
        #expect(events.contains(#""kind":"deleted""#) && !events.contains(#""kind":"output_deleted""#))
        #expect(await !server.send(.init(method: .get, path: "/api/v1/events"), as: .other).text.contains("-100"))
    }
}
