import FloydAPI
import FloydModel
import HTTPTypes
import Synchronization
import Testing

@testable import FloydServer

@Suite("Keys of requests")
struct RequestKeyTests {
    private static let job = #"{"project":"x","code":"\#(ObjectID.fixed)","command":"c"}"#

    private func fingerprint(_ path: String, _ body: String, key: String = "k") async throws -> [UInt8]? {
        let app = try TestApplication()
        let answer = await app.send(.post, path, [.idempotencyKey: key], body: body, type: "application/json")
        #expect(answer.status < 300, "\(answer.text)")
        return app.fake.state.withLock { $0.keys.first?.fingerprint }
    }

    @Test(
        "go with every request that makes something",
        arguments: [
            ("/api/v1/jobs", job), ("/api/v1/projects", #"{"name":"x"}"#), ("/api/v1/datasets", #"{"name":"x"}"#),
            ("/api/v1/datasets/x/versions", #"{"job":"x/1"}"#), ("/api/v1/tokens", #"{"name":"ci"}"#),
        ]
    )
    func creating(path: String, body: String) async throws {
        let print = try #require(try await fingerprint(path, body))
        #expect(print.count == 32)
        #expect(try await fingerprint(path, body) == print)
    }

    @Test("the order of fields and spaces are no other request, any other word and any other path are")
    func fingerprints() async throws {
        let print = try await fingerprint("/api/v1/jobs", Self.job)
        let turned = #"{ "command": "c", "code": "\#(ObjectID.fixed)", "project": "x", "message": null }"#
        #expect(try await fingerprint("/api/v1/jobs", turned) == print)
        let other = Self.job.replacing(#""c""#, with: #""d""#)
        #expect(try await fingerprint("/api/v1/jobs", other) != print)
        let name = #"{"name":"x"}"#
        #expect(try await fingerprint("/api/v1/projects", name) != fingerprint("/api/v1/datasets", name))
    }

    @Test("uploads are known by their manifest, archives by what their fields say")
    func uploads() async throws {
        let app = try TestApplication()
        for body in ["a", "a", "b"] {
            let type = "application/x-ndjson"
            _ = await app.send(.post, "/api/v1/uploads", [.idempotencyKey: "k"], body: body, type: type)
        }
        for length in ["7", "7", "8"] {
            let fields: HTTPFields = [
                .idempotencyKey: "k", .tusResumable: "1.0.0", .uploadLength: length, .uploadMetadata: "dataset eA==",
            ]
            #expect(await app.send(.post, "/api/v1/uploads", fields).status == 201)
        }
        let prints = app.fake.state.withLock { $0.keys.map(\.fingerprint) }
        try #require(prints.count == 6)
        #expect(prints[0] == prints[1] && prints[1] != prints[2])
        #expect(prints[3] == prints[4] && prints[4] != prints[5])
    }

    @Test("archives that come in one request are known by their address and their content")
    func archives() async throws {
        let app = try TestApplication()
        let path = "/api/v1/datasets/x/archives/"
        let long = String(repeating: "b", count: 200_000)
        for (target, body) in [
            (path + "a.tar", "a"), (path + "a.tar", "a"), (path + "a.tar", "b"), (path + "b.tar", "a"), (path, "a"),
            (path + "a.tar?message=m", "a"), (path + "a.tar", long), (path + "a.tar", long),
            (path + "a.tar", long + "b"),
        ] {
            #expect(await app.send(.put, target, [.idempotencyKey: "k"], body: body).status == 201)
            #expect(app.fake.state.withLock { $0.received } == Array(body.utf8))
        }
        let prints = app.fake.state.withLock { $0.keys.map(\.fingerprint) }
        try #require(prints.count == 9)
        #expect(prints[0] == prints[1] && prints[6] == prints[7])
        #expect(Set(prints).count == 7)
    }

    @Test("every operation that makes something takes one, and says so")
    func declared() throws {
        let making = try TestApplication().application.routes.filter { route in
            route.operation?.answers.contains { $0.status == .created } == true
        }
        #expect(making.count >= 6)
        for route in making {
            #expect(route.operation?.fields.contains { $0.name == "Idempotency-Key" } == true, "\(route.template)")
            #expect(route.operation?.problems.contains(.idempotencyKeyReused) == true, "\(route.template)")
        }
    }

    @Test("stand in quotes or without", arguments: ["8e03978e-40d5-43dd-bc93", "\"8e03978e-40d5-43dd-bc93\""])
    func forms(field: String) async throws {
        let app = try TestApplication()
        let fields: HTTPFields = [.idempotencyKey: field]
        _ = await app.send(.post, "/api/v1/jobs", fields, body: Self.job, type: "application/json")
        #expect(app.fake.state.withLock { $0.keys.map(\.key) } == ["8e03978e-40d5-43dd-bc93"])
    }

    @Test(
        "that are none are refused before anything is done",
        arguments: ["", "\"\"", "a b", "a\"b", "\"a", "a\\", "a,b", "ä", String(repeating: "k", count: 256)]
    )
    func malformed(field: String) async throws {
        let app = try TestApplication()
        let fields: HTTPFields = [.idempotencyKey: field]
        let answer = await app.send(.post, "/api/v1/jobs", fields, body: Self.job, type: "application/json")
        #expect(answer.status == 400)
        #expect(answer.problem?.fields?.map(\.name) == ["Idempotency-Key"])
        #expect(app.fake.calls.isEmpty)
    }

    @Test("two of them are none")
    func twice() async throws {
        let app = try TestApplication()
        var fields = HTTPFields()
        fields.append(HTTPField(name: .idempotencyKey, value: "a"))
        fields.append(HTTPField(name: .idempotencyKey, value: "b"))
        #expect(await app.send(.post, "/api/v1/jobs", fields, body: Self.job, type: "application/json").status == 400)
    }
}
