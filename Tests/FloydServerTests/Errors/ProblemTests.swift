import FloydAPI
import FloydHTTP
import FloydModel
import HTTPTypes
import Testing

@testable import FloydServer

@Suite("Problems")
struct ProblemTests {
    @Test(
        "have the status of their code, its hint and its fields",
        arguments: [
            (.jobNotFound, 404), (.conflict, 409), (.gone, 410), (.environmentNotFound, 422), (.locked, 423),
            (.isolationUnavailable, 503), (.environmentUnavailable, 503), (.outOfSpace, 507), (.forbidden, 403),
            (.contentMismatch, 422),
        ] as [(FloydError.Code, Int)]
    )
    func mapping(code: FloydError.Code, status: Int) async throws {
        let app = try TestApplication()
        app.fake.set {
            $0.failure = FloydError(code, "it is so", hint: "Do this.", fields: [.init(name: "a", message: "b")])
        }
        let answer = await app.send(.get, "/api/v1/jobs/x", isDeclared: false)
        #expect(answer.status == status)
        #expect(answer["Content-Type"] == "application/problem+json")
        #expect(answer.problem?.status == status)
        #expect(answer.problem?.code == code)
        #expect((answer["Retry-After"] != nil) == (status == 503))
        #expect(answer.problem?.detail == "it is so")
        #expect(answer.problem?.hint == "Do this.")
        #expect(answer.problem?.fields == [.init(name: "a", message: "b")])
    }

    @Test(
        "say when it is worth another try",
        arguments: [(.unavailable, "1"), (.isolationUnavailable, "300"), (.environmentUnavailable, "300")]
            as [(FloydError.Code, String)]
    )
    func retryAfter(code: FloydError.Code, seconds: String) async throws {
        let app = try TestApplication()
        app.fake.set { $0.failure = FloydError(code, "it is so") }
        #expect(await app.send(.get, "/api/v1/jobs/x", isDeclared: false)["Retry-After"] == seconds)
    }

    private struct Secret: Error {
        var password = "hunter2"
    }

    @Test("of the program's own faults say nothing but an id, which the log has too")
    func internalErrors() async throws {
        for failure in [Secret(), FloydError(.internalError, "hunter2"), FloydError(.init(rawValue: "new"), "hunter2")]
            as [any Error]
        {
            let app = try TestApplication()
            app.fake.set { $0.failure = failure }
            let answer = await app.send(.get, "/api/v1/jobs/x")
            #expect(answer.status == 500)
            #expect(answer.problem?.code == .internalError)
            #expect(!answer.text.contains("hunter2"))
            let id = String(answer.problem?.hint?.dropLast().suffix(22) ?? "")
            #expect(ObjectID(id) != nil)
            #expect(app.log.lines.contains { $0.contains(id) && $0.contains("hunter2") })
            #expect(app.log.lines.allSatisfy { !$0.contains("alice-token") })
        }
    }

    @Test(
        "of bodies keep what the connection said",
        arguments: [(HTTPBodyError.tooLarge(limit: 5), 413), (.timedOut, 408), (.stopping, 503)]
    )
    func bodies(error: HTTPBodyError, status: Int) async throws {
        let app = try TestApplication()
        app.fake.set { $0.failure = error }
        #expect(await app.send(.get, "/api/v1/jobs/x").status == status)
    }

    @Test("other methods are told which there are")
    func methods() async throws {
        let app = try TestApplication()
        let answer = await app.send(.put, "/api/v1/jobs")
        #expect(answer.status == 405)
        #expect(answer["Allow"] == "GET, HEAD, POST")
        #expect(answer.problem?.code == .methodNotAllowed)
    }

    @Test("other paths are not found, for browsers as a page")
    func notFound() async throws {
        let app = try TestApplication()
        #expect(await app.send(.get, "/api/v2/jobs").problem?.status == 404)
        #expect(await app.send(.get, "/nothing", [.accept: "application/json"]).problem?.status == 404)
        let page = await app.send(.get, "/nothing", [.accept: "text/html,*/*"])
        #expect(page.status == 404)
        #expect(page["Content-Type"] == "text/html; charset=utf-8")
        #expect(await app.send(.get, "/api/v1/nothing", [.accept: "text/html"]).problem?.status == 404)
    }
}
