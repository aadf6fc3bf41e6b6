import FloydConformance
import Foundation
import Testing

/// What the protocol's text demands (tus 1.0.0): each MUST of its core and of the extensions that are announced.
@Suite(.scene, .tags(.integration))
struct TusConformanceTests {
    /// How an upload comes about.
    enum Kind: String, CaseIterable, CustomTestStringConvertible {
        case archive, manifest
        var testDescription: String { rawValue }
    }

    struct Upload {
        let server: Server
        let token: String
        let id: String
        let length: Int

        var path: String { "/api/v1/uploads/\(id)" }

        func request(_ method: String, _ fields: [String: String] = [:], body: [UInt8] = []) async throws -> Answer {
            let fields = ["Tus-Resumable": "1.0.0"].merging(fields) { $1 }.filter { !$0.value.isEmpty }
            return try await server.request(method, path, token: token, fields, body: body)
        }

        func patch(_ offset: Int, _ body: [UInt8], _ fields: [String: String] = [:]) async throws -> Answer {
            let base = ["Content-Type": "application/offset+octet-stream", "Upload-Offset": "\(offset)"]
            return try await request("PATCH", base.merging(fields) { $1 }, body: body)
        }

        func offset() async throws -> String? { try await request("HEAD").fields["upload-offset"] }
    }

    private func upload(_ kind: Kind, on server: Server, token: String, length: Int = 10) async throws -> Upload {
        let created =
            switch kind {
            case .archive: try await server.create(length, dataset: "data", token: token)
            case .manifest:
                try await server.upload(#"{"path":"a","type":"file","size":\#(length)}"# + "\n", token: token)
            }
        try #require(created.status == 201, "\(created.text)")
        let id = try #require(try created.json()["id"]?.string)
        // "The Server MUST set the Location header to the URL of the created resource. This URL MAY be absolute or relative."
        #expect(created.fields["location"] == "/api/v1/uploads/\(id)")
        // "If the expiration is known at the creation, the Upload-Expires header MUST be included in the response to the initial POST request."
        // "Its value MUST be in RFC 9110 datetime format."
        #expect(created.fields["upload-expires"]?.hasSuffix(" GMT") == true)
        return Upload(server: server, token: token, id: id, length: length)
    }

    @Test("the core protocol, of either kind of upload", arguments: Kind.allCases)
    func core(kind: Kind) async throws {
        let server = try await Server.start()
        let alice = try await server.person("alice")
        let upload = try await upload(kind, on: server, token: alice.token)

        // HEAD: "The Server MUST always include the Upload-Offset header in the response for a HEAD request, even if the offset is 0."
        // "If the size of the upload is known, the Server MUST include the Upload-Length header in the response."
        // "The Server MUST prevent the client and/or proxies from caching the response by adding the Cache-Control: no-store header."
        let fresh = try await upload.request("HEAD")
        #expect([200, 204].contains(fresh.status))
        #expect(fresh.fields["upload-offset"] == "0")
        #expect(fresh.fields["upload-length"] == "10")
        #expect(fresh.fields["cache-control"] == "no-store")
        // "The Tus-Resumable header MUST be included in every request and response except for OPTIONS requests."
        #expect(fresh.fields["tus-resumable"] == "1.0.0")

        // PATCH: "The Server MUST acknowledge successful PATCH requests with the 204 No Content status. It MUST include the Upload-Offset header
        // containing the new offset." Expiration: "This header MUST be included in every PATCH response if the upload is going to expire."
        let first = try await upload.patch(0, Array("0123".utf8))
        #expect(first.status == 204)
        #expect(first.fields["upload-offset"] == "4")
        #expect(first.fields["tus-resumable"] == "1.0.0")
        #expect(first.fields["upload-expires"]?.hasSuffix(" GMT") == true)
        #expect(try await upload.offset() == "4")

        // "If the offsets do not match, the Server MUST respond with the 409 Conflict status without modifying the upload resource."
        for offset in [0, 3, 5, 10, 11] {
            let wrong = try await upload.patch(offset, Array("x".utf8))
            #expect(wrong.status == 409)
            #expect(wrong.fields["tus-resumable"] == "1.0.0")
        }
        #expect(try await upload.offset() == "4")
        // "Its value MUST be a non-negative integer."
        for text in ["-1", "x", "4.0", "0x4", "99999999999999999999"] {
            #expect(try await upload.patch(0, [1], ["Upload-Offset": text]).status == 400)
        }
        #expect(try await upload.patch(4, [1], ["Upload-Offset": ""]).status == 400)

        // "All PATCH requests MUST use Content-Type: application/offset+octet-stream, otherwise the server SHOULD return a 415."
        for type in ["application/octet-stream", "text/plain", ""] {
            #expect(try await upload.patch(4, [1], ["Content-Type": type]).status == 415)
        }

        // "If the version specified by the Client is not supported by the Server, it MUST respond with the 412 Precondition Failed status and MUST include
        // the Tus-Version header into the response. In addition, the Server MUST NOT process the request."
        for version in ["0.2.2", "1.0.1", "2.0.0", ""] {
            for answer in [try await upload.patch(4, [1], ["Tus-Resumable": version])] {
                #expect(answer.status == 412)
                #expect(answer.fields["tus-version"] == "1.0.0")
                #expect(answer.fields["tus-resumable"] == "1.0.0")
            }
        }
        #expect(try await upload.request("HEAD", ["Tus-Resumable": "0.2.2"]).status == 412)
        #expect(try await upload.request("DELETE", ["Tus-Resumable": "0.2.2"]).status == 412)

        // Not more than was announced, and nothing of what is too much.
        let long = try await upload.patch(4, Array("4567890".utf8))
        #expect(long.status == 413)
        #expect(try await upload.offset() == "4")

        // "The Server SHOULD always attempt to store as much of the received data as possible", and PATCH goes on from there.
        let empty = try await upload.patch(4, [])
        #expect(empty.status == 204)
        #expect(empty.fields["upload-offset"] == "4")

        // "X-HTTP-Method-Override ... MUST be interpreted as the request's method by the Server, if the header is presented. The actual method of the
        // request MUST be ignored."
        let base = ["Content-Type": "application/offset+octet-stream", "Upload-Offset": "4"]
        let overridden = try await upload.request(
            "POST",
            base.merging(["X-HTTP-Method-Override": "PATCH"]) { $1 },
            body: [52]
        )
        #expect(overridden.status == 204)
        #expect(overridden.fields["upload-offset"] == "5")

        // "If the resource is not found, the Server SHOULD return either the 404 Not Found, 410 Gone or 403 Forbidden status without the Upload-Offset header."
        let nobody = Upload(server: server, token: alice.token, id: "eo4LZmQVs9JMwW6xB8hta5", length: 1)
        let absent = try await nobody.request("HEAD")
        #expect(absent.status == 404)
        #expect(absent.fields["upload-offset"] == nil)
        #expect(try await nobody.patch(0, [1]).status == 404)
        #expect(try await nobody.request("DELETE").status == 404)
        // Nor does somebody else learn of it.
        let bob = try await server.person("bob")
        let foreign = Upload(server: server, token: bob.token, id: upload.id, length: 1)
        #expect(try await foreign.request("HEAD").status == 404)
        #expect(try await foreign.patch(5, [1]).status == 404)
        #expect(try await foreign.request("DELETE").status == 404)

        // Termination: "The Server MUST respond with the 204 No Content status. For all future requests to this URL, the Server SHOULD respond with the
        // 404 Not Found or 410 Gone status."
        let deleted = try await upload.request("DELETE")
        #expect(deleted.status == 204)
        #expect(deleted.fields["tus-resumable"] == "1.0.0")
        #expect(try await upload.request("HEAD").status == 404)
        #expect(try await upload.patch(5, [1]).status == 404)
        #expect(server.uploadFolders.isEmpty)
    }

    @Test("OPTIONS says what there is, whatever version is asked")
    func options() async throws {
        let server = try await Server.start(config: Server.plainConfig + "\nuploads: {archive_size: 1MiB}\n")
        let alice = try await server.person("alice")
        // "A successful response indicated by the 204 No Content or 200 OK status MUST contain the Tus-Version header. It MAY include the Tus-Extension and
        // Tus-Max-Size headers." "The Server MUST ignore" Tus-Resumable here.
        for fields in [[:], ["Tus-Resumable": "0.2.2"]] {
            let answer = try await server.request("OPTIONS", "/api/v1/uploads", token: alice.token, fields)
            #expect(answer.status == 204)
            #expect(answer.fields["tus-version"] == "1.0.0")
            #expect(answer.fields["tus-extension"] == "creation,expiration,termination")
            #expect(answer.fields["tus-max-size"] == "1048576")
        }
        // Creation: "If the length of the upload exceeds the maximum, which MAY be specified using the Tus-Max-Size header, the Server MUST respond with the
        // 413 Request Entity Too Large status."
        #expect(try await server.create(1_048_577, dataset: "data", token: alice.token).status == 413)
        #expect(try await server.create(1_048_576, dataset: "data", token: alice.token).status == 201)
    }

    @Test("creation is strict about its fields")
    func creation() async throws {
        let server = try await Server.start()
        let alice = try await server.person("alice")
        func status(_ fields: [String: String]) async throws -> Int {
            let name = "dataset " + Data("data".utf8).base64EncodedString()
            let base = ["Tus-Resumable": "1.0.0", "Upload-Length": "10", "Upload-Metadata": name]
            let all = base.merging(fields) { $1 }.filter { !$0.value.isEmpty }
            return try await server.request("POST", "/api/v1/uploads", token: alice.token, all).status
        }
        #expect(try await status([:]) == 201)
        #expect(try await status(["Tus-Resumable": ""]) == 412)
        #expect(try await status(["Tus-Resumable": "0.2.2"]) == 412)
        // "The Upload-Length ... value MUST be a non-negative integer." "Upload-Defer-Length" belongs to an extension that isn't announced.
        for length in ["", "-1", "x", "1.5", "99999999999999999999", "0"] {
            #expect(try await status(["Upload-Length": length]) == 400)
        }
        #expect(try await status(["Upload-Length": "", "Upload-Defer-Length": "1"]) == 400)
        #expect(try await status(["Upload-Defer-Length": "1"]) == 400)
        // "The Upload-Metadata ... MUST consist of one or more comma-separated key-value pairs. The key and value MUST be separated by a space. The key MUST NOT contain
        // spaces and commas and MUST NOT be empty. The key SHOULD be ASCII encoded and the value MUST be Base64 encoded. All keys MUST be unique."
        let data = Data("data".utf8).base64EncodedString()
        for metadata in [
            "", "dataset", "dataset !!!", "dataset \(data),dataset \(data)", "dataset \(data),", ",dataset \(data)",
            "dataset \(data) \(data)", "filename \(data)", "dataset \(Data("../x".utf8).base64EncodedString())",
        ] {
            #expect(try await status(["Upload-Metadata": metadata]) == 400, "\(metadata)")
        }
        // "The value MAY be empty. In these cases, the space, which would normally separate the key and the value, MAY be left out."
        #expect(try await status(["Upload-Metadata": "is_confidential,dataset \(data)"]) == 201)
        // "If an upload contains additional metadata, responses to HEAD requests MUST include the Upload-Metadata header and its value as specified by the Client during
        // the creation."
        let metadata = "filename \(Data("x.tar".utf8).base64EncodedString()),dataset \(data)"
        let created = try await server.create(10, dataset: "data", token: alice.token, ["Upload-Metadata": metadata])
        let id = try #require(try created.json()["id"]?.string)
        let head = try await server.request(
            "HEAD",
            "/api/v1/uploads/\(id)",
            token: alice.token,
            ["Tus-Resumable": "1.0.0"]
        )
        #expect(head.fields["upload-metadata"] == metadata)
    }

    @Test("two PATCH at once are one too many", arguments: Kind.allCases)
    func concurrent(kind: Kind) async throws {
        let server = try await Server.start()
        let alice = try await server.person("alice")
        let upload = try await upload(kind, on: server, token: alice.token)
        let head = """
            PATCH \(upload.path) HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer \(alice.token)\r\nTus-Resumable: 1.0.0\r
            Content-Type: application/offset+octet-stream\r\nUpload-Offset: 0\r\nContent-Length: 10\r\n\r\n01
            """
        // It holds the upload as long as its body isn't there.
        async let held = server.send(Array(head.utf8))
        // Asked for before, a refused one could be what the first one meets.
        _ = try await eventually("the two bytes") {
            let file = "\(server.dataFolder)/blobs/uploads/\(upload.id)/staged/0/0"
            return try? Data(contentsOf: URL(filePath: file)).count == 2 ? true : nil
        }
        let answer = try await upload.patch(1, [])
        #expect(answer.status == 423)
        #expect(answer.fields["tus-resumable"] == "1.0.0")
        #expect(try await upload.request("DELETE").status == 423)
        #expect(try await upload.request("HEAD").status == 200)
        await server.kill()
        _ = try? await held
        // What came is kept.
        try await server.start()
        #expect(try await upload.offset() == "2")
    }

    @Test("an upload whose time has passed is gone")
    func expired() async throws {
        let server = try await Server.start()
        let alice = try await server.person("alice")
        let upload = try await upload(.archive, on: server, token: alice.token)
        var command = Command(program: "/usr/bin/python3")
        let statement =
            "import sqlite3, sys; b = sqlite3.connect(sys.argv[1]); b.execute('UPDATE uploads SET expires = 1'); b.commit()"
        command.arguments = ["-c", statement, "\(server.dataFolder)/floydlite.db"]
        #expect(try await command.run().status == 0)
        // Expiration: "The Server SHOULD respond with 410 Gone or 404 Not Found ... if the unfinished upload is expired."
        for answer in [try await upload.request("HEAD"), try await upload.patch(0, [1])] {
            #expect(answer.status == 410)
            #expect(answer.fields["upload-offset"] == nil)
        }
        // Until it is removed it counts for the quota, so that it can be given up.
        #expect(try await upload.request("DELETE").status == 204)
    }
}
