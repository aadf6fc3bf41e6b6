import FloydAPI
import FloydConformance
import FloydModel
import Foundation
import HTTPTypes
import Testing

@testable import FloydServer

@Suite("The interface's document")
struct DocumentTests {
    private func document() async throws -> JSON {
        try JSON(await TestApplication().send(.get, "/api/v1/openapi.json", token: nil).bytes)
    }

    @Test("has every route of the interface, each under a word of its own")
    func completeness() async throws {
        let routes = try TestApplication().application.routes.filter { $0.template.description.hasPrefix("/api/") }
        let paths = try await document()["paths"]?.members ?? [:]
        for route in routes {
            let path = route.template.description.replacing("...}", with: "}")
            let operation = paths[path]?[route.method.rawValue.lowercased()]
            #expect(operation != nil, "\(route.method) \(route.template) has no operation")
            let names = operation?["parameters"]?.items.filter { $0["in"]?.string == "path" }
            #expect(names?.compactMap { $0["name"]?.string } ?? [] == route.template.names, "\(route.template)")
        }
        let operations = paths.values.flatMap(\.members.values)
        #expect(operations.count == routes.count + 2, "all of them, /healthz and /metrics")
        let ids = operations.compactMap { $0["operationId"]?.string }
        #expect(Set(ids).count == operations.count)
    }

    @Test("has components under names that a component may have")
    func componentNames() async throws {
        let components = try await document()["components"]?.members ?? [:]
        let names = components.values.flatMap(\.keys)
        // OpenAPI 3.1, "Components Object".
        for name in names { #expect(name.wholeMatch(of: /[a-zA-Z0-9._-]+/) != nil, "\(name)") }
        #expect(names.contains("Health") && names.contains("JobList"))
    }

    @Test("is sent with a tag, once")
    func tag() async throws {
        let app = try TestApplication()
        let first = await app.send(.get, "/api/v1/openapi.json", token: nil)
        let tag = try #require(first["ETag"])
        let second = await app.send(.get, "/api/v1/openapi.json", token: nil, [.ifNoneMatch: tag])
        #expect(second.status == 304 && second.bytes.isEmpty && second["ETag"] == tag)
    }

    @Test("says of every problem what it is, at the address that its type is", arguments: ProblemDescription.codes)
    func problems(code: FloydError.Code) async throws {
        let problem = Problem(FloydError(code, "x"))
        let answer = await (try TestApplication()).send(.get, problem.type, token: nil)
        #expect(answer.status == 200)
        let described = try answer.decode(ProblemDescription.self)
        #expect(described.code == code && described.status == problem.status && described.title == problem.title)
    }

    @Test("problems that only a client has lead nowhere")
    func clientProblems() {
        #expect(Problem(FloydError(.unreachable, "x")).type == "about:blank")
    }

    @Test("has the messages as they are sent")
    func messages() async throws {
        let contract = try TestApplication.contract.get()
        let problem = Problem(FloydError(.invalidRequest, "x", hint: "y", fields: [.init(name: "a", message: "b")]))
        let archive = ArchiveResponse(
            dataset: try Name("x"),
            message: "m",
            metadata: "k dg==",
            version: "v",
            problem: problem
        )
        let attempt = AttemptResponse(
            number: 1,
            outcome: .failed,
            exitCode: 1,
            claimed: .fixed,
            duration: 0.5,
            gpus: [0]
        )
        var job = JobResponse.test(.finished, outcome: .failed)
        job.attempts = [attempt]
        job.limits = LimitsResponse(memory: 1, processes: nil, openFiles: 3, disk: nil, enforcement: "watch")
        job.data = [.init(source: "a/datasets/b/1", id: .fixed, path: "/b")]
        let samples: [(String, any Encodable)] = [
            ("Job", job), ("Job", JobResponse.test(.queued)), ("Attempt", attempt), ("Problem", problem),
            ("Archive", archive), ("LogRecord", LogRecordMessage.test("x")),
            ("LogRecord", LogRecordMessage.test(bytes: [0xff])),
            ("VerifyLine", VerifyMessage(files: 1, bytes: 1, damaged: .init(path: "a", reason: "r"), result: .damaged)),
        ]
        for (schema, message) in samples {
            let flaws = contract.flaws(of: try JSON([UInt8](MessageCoding.encode(message))), as: schema)
            #expect(flaws.isEmpty, "\(schema): \(flaws)")
        }
    }

    @Test("finds what it doesn't declare")
    func teeth() throws {
        let contract = try TestApplication.contract.get()
        func flaws(
            _ method: String,
            _ target: String,
            _ status: Int,
            _ type: String? = "application/json",
            _ body: String = "",
            _ fields: [String: String] = [:]
        ) -> [String] {
            var fields = fields
            fields["content-type"] = type
            return contract.flaws(
                of: .init(method: method, target: target, status: status, fields: fields, body: Array(body.utf8))
            )
        }
        func problem(_ code: String, _ status: Int) -> String {
            #"{"type":"/t","title":"t","status":\#(status),"detail":"d","code":"\#(code)"}"#
        }
        let json = "application/problem+json"
        let resources = #"{"cpus":1,"memory":1,"gpus":0}"#
        let server = #"{"version":"1","isolation":"none","uids":"service","total":\#(resources)}"#
        #expect(flaws("GET", "/api/v1/server", 200, "application/json", server) == [])
        #expect(flaws("GET", "/api/v1/nowhere", 404, json, problem("not_found", 404)) == [])
        #expect(flaws("GET", "/api/v1/nowhere", 200) != [])
        #expect(flaws("PUT", "/api/v1/server", 405, json, problem("method_not_allowed", 405)) != [], "no Allow")
        #expect(flaws("GET", "/api/v1/server", 418) != [], "status")
        #expect(flaws("GET", "/api/v1/server", 200, "text/html", server) != [], "media type")
        #expect(flaws("GET", "/api/v1/server", 200, "application/json", "{}") != [], "missing members")
        let more = server.dropLast() + #","more":1}"#
        #expect(flaws("GET", "/api/v1/server", 200, "application/json", String(more)) != [], "unknown member")
        #expect(flaws("GET", "/api/v1/server", 200, "application/json", server, ["x-new": "1"]) != [], "field")
        #expect(flaws("GET", "/api/v1/server", 401, json, problem("unauthenticated", 401)) != [], "no WWW-Authenticate")
        #expect(flaws("GET", "/api/v1/jobs/x", 404, json, problem("job_not_found", 404)) == [])
        #expect(flaws("GET", "/api/v1/jobs/x", 404, json, problem("dataset_not_found", 404)) != [], "code")
    }
}
