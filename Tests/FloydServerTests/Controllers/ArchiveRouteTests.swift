import FloydAPI
import FloydModel
import Foundation
import HTTPTypes
import Synchronization
import Testing

@testable import FloydServer

@Suite("Archives")
struct ArchiveRouteTests {
    private static let upload = "/api/v1/uploads/\(ObjectID.fixed)"

    private static func base64(_ text: String) -> String { Data(text.utf8).base64EncodedString() }

    @Test("are created as tus has it")
    func create() async throws {
        let app = try TestApplication()
        let metadata =
            "filename \(Self.base64("x.tar")),dataset \(Self.base64("modelnet")),message \(Self.base64("first"))"
        let fields: HTTPFields = [.tusResumable: "1.0.0", .uploadLength: "123", .uploadMetadata: metadata]
        let answer = await app.send(.post, "/api/v1/uploads", fields)
        #expect(answer.status == 201)
        #expect(answer["Location"] == Self.upload)
        #expect(answer["Tus-Resumable"] == "1.0.0")
        #expect(answer["Upload-Expires"] == "Sun, 22 Nov 2026 12:00:00 GMT")
        #expect(app.fake.calls == ["begin modelnet x.tar first 123"])
    }

    @Test("come in one request, with a name or without")
    func put() async throws {
        let app = try TestApplication()
        let path = "/api/v1/datasets/modelnet/archives/"
        let answer = await app.send(.put, path + "x.tar.gz?message=first", body: "bytes")
        #expect(answer.status == 201)
        #expect(answer["Location"] == "/api/v1/dataset-versions/\(ObjectID.fixed)")
        #expect(try answer.decode(DatasetVersionResponse.self).message == "first")
        #expect(await app.send(.put, path, body: "bytes").status == 201)
        #expect(app.fake.calls == ["put modelnet x.tar.gz first 5", "put modelnet - - 5"])
        #expect(app.fake.state.withLock { $0.received } == Array("bytes".utf8))
    }

    @Test("a PATCH that brings the last byte says when the upload expires no longer")
    func settled() async throws {
        let app = try TestApplication()
        app.fake.set { state in
            state.settled = UploadResponse(
                id: .fixed,
                state: .committed,
                length: 50,
                offset: 50,
                missing: 0,
                files: 1,
                size: 1,
                created: .fixed,
                expires: nil
            )
        }
        let fields: HTTPFields = [
            .tusResumable: "1.0.0", .uploadOffset: "40", .contentType: "application/offset+octet-stream",
        ]
        let answer = await app.send(.patch, Self.upload, fields, body: "0123456789")
        #expect(answer.status == 204)
        #expect(answer["Upload-Offset"] == "50")
        #expect(answer["Upload-Expires"] == nil)
        // A commit of it is not one of a manifest.
        let committed = await app.send(.post, Self.upload + "/commit")
        #expect(try committed.decode(UploadResponse.self).state == .committed)
        #expect(!app.fake.calls.contains { $0.hasPrefix("commit") })
    }

    @Test("metadata are pairs of a key and base64")
    func metadata() throws {
        #expect(try TusCreation.parse("") == [:])
        #expect(try TusCreation.parse("a") == ["a": ""])
        #expect(try TusCreation.parse("a \(Self.base64("ü, x")),b") == ["a": "ü, x", "b": ""])
        #expect(try TusCreation.parse("a \(Self.base64("1")), b \(Self.base64("2"))") == ["a": "1", "b": "2"])
        for wrong in [",", "a,", ",a", "a a a", "a !", "a,a", "ü", "a /w==", String(repeating: "a", count: 9_000)] {
            #expect(throws: FloydError.self, "\(wrong)") { try TusCreation.parse(wrong) }
        }
    }

    @Test("a method in a field goes before the request's own, for uploads alone, and is judged like it")
    func override() async throws {
        let app = try TestApplication()
        let fields: HTTPFields = [.methodOverride: "DELETE", .tusResumable: "1.0.0"]
        #expect(await app.send(.post, Self.upload, fields).status == 204)
        #expect(app.fake.calls == ["cancel \(ObjectID.fixed)"])
        #expect(await app.send(.get, "/api/v1/projects", [.methodOverride: "POST"]).status == 200)
        // With a cookie alone another site could ask for it.
        #expect(await app.send(.get, Self.upload, token: nil, cookie: "bob-token", fields).status == 403)
    }

    @Test("a token may come as a password, with the account's name or none")
    func basic() async throws {
        let app = try TestApplication()
        func status(_ pair: String, _ method: HTTPRequest.Method = .get, _ fields: HTTPFields = [:]) async -> Int {
            var fields = fields
            fields[.authorization] = "Basic \(Self.base64(pair))"
            let path = method == .get ? "/api/v1/account" : "/api/v1/datasets/x/archives/y"
            return await app.send(method, path, token: nil, fields, body: method == .get ? "" : "x").status
        }
        #expect(await status("alice:alice-token") == 200)
        #expect(await status(":alice-token") == 200)
        #expect(await status("bob:alice-token") == 401)
        #expect(await status("alice:wrong") == 401)
        #expect(await status("alice") == 401)
        #expect(await status("alice:") == 401)
        #expect(await status("alice:alice-token", .put) == 201)
        // A browser that knows the pair sends it wherever another site wants.
        #expect(await status("alice:alice-token", .put, [.origin: "http://evil.example"]) == 403)
        #expect(await status("alice:alice-token", .put, [.secFetchSite: "cross-site"]) == 403)
    }
}
