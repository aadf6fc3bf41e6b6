import FloydAPI
import FloydModel
import HTTPTypes
import Synchronization
import Testing

@testable import FloydServer

@Suite("Uploads")
struct UploadRouteTests {
    private static let path = "/api/v1/uploads/\(ObjectID.fixed)"
    private static let patch: HTTPFields = [
        .tusResumable: "1.0.0", .uploadOffset: "40", .contentType: "application/offset+octet-stream",
    ]

    @Test("begin with a manifest and say where they are")
    func begin() async throws {
        let app = try TestApplication()
        let answer = await app.send(.post, "/api/v1/uploads", body: "lines", type: "application/x-ndjson")
        #expect(answer.status == 201)
        #expect(answer["Location"] == Self.path)
        #expect(answer["Tus-Resumable"] == "1.0.0")
        #expect(try answer.decode(UploadResponse.self).state == .receiving)
        #expect(app.fake.state.withLock { $0.received } == Array("lines".utf8))
    }

    @Test("are listed by pages")
    func list() async throws {
        let app = try TestApplication()
        let answer = await app.send(.get, "/api/v1/uploads?cursor=\(ObjectID.fixed)&limit=2")
        #expect(answer.status == 200)
        let list = try answer.decode(ListResponse<UploadResponse>.self)
        #expect(list.items.map(\.state) == [.receiving, .failed])
        #expect(list.items.allSatisfy { $0.created == .fixed })
        #expect(app.fake.calls == ["uploads \(ObjectID.fixed) 2"])
        #expect(await app.send(.get, "/api/v1/uploads?limit=0").status == 400)
    }

    @Test("HEAD says how far one is")
    func head() async throws {
        let answer = await (try TestApplication()).send(.head, Self.path, [.tusResumable: "1.0.0"])
        #expect(answer.status == 200)
        #expect(answer["Upload-Offset"] == "40")
        #expect(answer["Upload-Length"] == "100")
        #expect(answer["Cache-Control"] == "no-store")
        #expect(answer["Tus-Resumable"] == "1.0.0")
    }

    @Test("PATCH passes the body on and says how far it came")
    func receive() async throws {
        let app = try TestApplication()
        let answer = await app.send(.patch, Self.path, Self.patch, body: "0123456789")
        #expect(answer.status == 204)
        #expect(answer["Upload-Offset"] == "50")
        #expect(answer["Tus-Resumable"] == "1.0.0")
        #expect(app.fake.calls.first == "receive \(ObjectID.fixed) 40 10")
        #expect(app.fake.state.withLock { $0.received } == Array("0123456789".utf8))
    }

    @Test("a body of many megabytes is taken")
    func large() async throws {
        let answer = await (try TestApplication()).send(
            .patch,
            Self.path,
            Self.patch,
            body: String(repeating: "x", count: 5_000_000)
        )
        #expect(answer["Upload-Offset"] == "5000040")
    }

    @Test(
        "PATCH is strict about its fields",
        arguments: [
            ("Tus-Resumable", nil, 412), ("Tus-Resumable", "0.2.2", 412), ("Content-Type", nil, 415),
            ("Content-Type", "application/octet-stream", 415), ("Upload-Offset", nil, 400),
            ("Upload-Offset", "-1", 400),
            ("Upload-Offset", "+1", 400), ("Upload-Offset", "x", 400), ("Upload-Offset", "", 400),
            ("Upload-Offset", "99999999999999999999", 400),
        ]
    )
    func strict(name: String, value: String?, status: Int) async throws {
        let app = try TestApplication()
        var fields = Self.patch
        if let field = HTTPField.Name(name) { fields[field] = value }
        let answer = await app.send(.patch, Self.path, fields, body: "x")
        #expect(answer.status == status)
        #expect(answer.problem != nil)
        #expect(app.fake.calls.isEmpty)
        if status == 412 { #expect(answer["Tus-Version"] == "1.0.0") }
    }

    @Test("an offset that isn't the server's is a conflict, and the answer speaks tus")
    func mismatch() async throws {
        let app = try TestApplication()
        app.fake.set { $0.failure = FloydError(.offsetMismatch, "the upload is at 50") }
        let answer = await app.send(.patch, Self.path, Self.patch, body: "x")
        #expect(answer.status == 409)
        #expect(answer.problem?.code == .offsetMismatch)
        #expect(answer["Tus-Resumable"] == "1.0.0")
    }

    @Test("OPTIONS says what is spoken", arguments: ["/api/v1/uploads", path])
    func options(path: String) async throws {
        let answer = await (try TestApplication()).send(.options, path)
        #expect(answer.status == 204)
        #expect(answer["Tus-Version"] == "1.0.0")
        #expect(answer["Tus-Extension"] == "creation,expiration,termination")
        #expect(answer["Tus-Max-Size"] == "1000000")
    }

    @Test("are given up, and committed with hashes")
    func ends() async throws {
        let app = try TestApplication()
        #expect(await app.send(.delete, Self.path).status == 204)
        let answer = await app.send(.post, Self.path + "/commit", body: "aa\nbb\n", type: "application/x-ndjson")
        #expect(answer.status == 200)
        #expect(try answer.decode(UploadResponse.self).state == .committed)
        #expect(app.fake.calls == ["cancel \(ObjectID.fixed)", "commit \(ObjectID.fixed)"])
    }

    @Test("an id that is none is refused", arguments: ["x", "..", "eo4LZmQVs9JMwW6xB8hta0"])
    func badID(id: String) async throws {
        #expect(await (try TestApplication()).send(.get, "/api/v1/uploads/\(id)").status == 400)
    }

    @Test("a manifest comes as lines of JSON or not at all")
    func manifestType() async throws {
        let app = try TestApplication()
        #expect(await app.json(.post, "/api/v1/uploads", "{}").status == 415)
        #expect(app.fake.calls.isEmpty)
    }

    private static let changes = "application/vnd.floydlite.manifest-changes"
    private static let digests = (String(repeating: "0a", count: 32), String(repeating: "0b", count: 32))

    @Test("a manifest may be told from another tree's")
    func beginFromTree() async throws {
        let app = try TestApplication()
        let path = "/api/v1/uploads?base=\(Self.digests.0)&tree=\(Self.digests.1)"
        let answer = await app.send(.post, path, body: "lines", type: Self.changes)
        #expect(answer.status == 201)
        #expect(app.fake.calls == ["begin from [10, 10] to [11, 11]"])
        app.fake.set { $0.failure = FloydError(.baseMismatch, "you have no such tree") }
        let other = await app.send(.post, path, body: "lines", type: Self.changes)
        #expect(other.status == 409)
        #expect(other.problem?.code == .baseMismatch)
    }

    @Test(
        "and then it says which, and that it is no whole one",
        arguments: [
            ("?base=\(digests.0)&tree=\(digests.1)", "application/x-ndjson", 415), ("", changes, 415),
            ("?base=\(digests.0)", changes, 400), ("?tree=\(digests.1)", changes, 400),
            ("?base=\(digests.0)&tree=x", changes, 400),
            ("?base=\(digests.0.uppercased())&tree=\(digests.1)", changes, 400),
            ("?base=\(digests.0)&tree=\(digests.1)00", changes, 400),
        ]
    )
    func strictBase(query: String, type: String, status: Int) async throws {
        let app = try TestApplication()
        #expect(await app.send(.post, "/api/v1/uploads\(query)", body: "lines", type: type).status == status)
        #expect(app.fake.calls.isEmpty)
    }
}
