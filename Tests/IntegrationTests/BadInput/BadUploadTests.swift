import FloydConformance
import Foundation
import Testing

/// Manifests and contents that are none: each a clear refusal, and nothing stored.
@Suite(.scene, .tags(.integration))
struct BadUploadTests {
    private static let hash = String(repeating: "a", count: 64)

    private static func file(_ path: String, size: String = "1", hash: String = Self.hash) -> String {
        #"{"path":"\#(path)","type":"file","size":\#(size),"blake3":"\#(hash)"}"# + "\n"
    }

    private static func folder(_ path: String) -> String { #"{"path":"\#(path)","type":"dir"}"# + "\n" }

    private static func link(_ path: String, to target: String) -> String {
        #"{"path":"\#(path)","type":"link","target":"\#(target)"}"# + "\n"
    }

    private static let manifests: [String] = [
        // Paths.
        file("/etc/passwd"), file("../x"), file(".."), file("."), file(""), file("a/"), file("/"),
        folder("a") + file("a/../x"), folder("a") + file("a/./x"), folder("a") + file("a//x"), file(#"a\u0000b"#),
        file(String(repeating: "x", count: 300)), file(String(repeating: "é", count: 200)),
        file(Array(repeating: "d", count: 2_000).joined(separator: "/")), file(#"\ud800"#),
        // Order and shape of the tree.
        file("b") + file("a"), file("a") + file("a"), file("a") + file("a/b"),
        link("a", to: "b") + file("a/b") + folder("b"),
        folder("a") + folder("a"),
        // Links.
        link("a", to: "/etc/passwd"), link("a", to: "../x"), link("a", to: ""), link("a", to: #"b\u0000"#),
        link("a", to: "b/../../x"),
        folder("d") + link("d/a", to: "../../x"), link("a", to: String(repeating: "x/", count: 3_000)),
        // Kinds and sizes.
        #"{"path":"a","type":"fifo"}"# + "\n", #"{"path":"a","type":"device","size":1}"# + "\n",
        #"{"path":"a"}"# + "\n",
        #"{"type":"dir"}"# + "\n", #"{"path":"a","type":"dir","size":1}"# + "\n",
        #"{"path":"a","type":"dir","extra":1}"# + "\n",
        #"{"path":"a","path":"b","type":"dir"}"# + "\n", #"{"path":5,"type":"dir"}"# + "\n", file("a", size: "-1"),
        file("a", size: "1.5"),
        file("a", size: "99999999999999999999"), file("a", size: "\"1\""), file("a", size: "1e3"),
        file("a", size: "9223372036854775807")
            + file("b", size: "9223372036854775807", hash: String(repeating: "b", count: 64)),
        file("a", hash: "abc"), file("a", hash: String(repeating: "A", count: 64)),
        file("a", hash: String(repeating: "g", count: 64)),
        // Not a manifest.
        "x\n", "[]\n", "null\n", "{\n", "{}\n", "\n", "\n" + folder("a"), folder("a") + "\n" + folder("b"),
        "{\"path\":\"a\",\"type\":\"dir\"",
        String(repeating: "[", count: 100_000) + "\n",
        #"{"path":"\#(String(repeating: "x", count: 1 << 20))","type":"dir"}"# + "\n",
        "\u{feff}" + folder("a"),
    ]

    @Test("Manifests of trees that can't be")
    func manifests() async throws {
        let server = try await Server.start()
        let alice = try await server.person("alice")
        let before = try await server.stored()
        for manifest in Self.manifests {
            let answer = try await server.upload(manifest, token: alice.token)
            #expect([400, 413].contains(answer.status), "\(manifest.prefix(120)): \(answer.status) \(answer.text)")
            #expect(answer.fields["content-type"] == "application/problem+json", "\(manifest.prefix(120))")
        }
        let bytes = Array(#"{"path":""#.utf8) + [0xff] + Array(#"","type":"dir"}"#.utf8) + [0x0a]
        let fields = ["Content-Type": "application/x-ndjson"]
        #expect(
            try await server.request("POST", "/api/v1/uploads", token: alice.token, fields, body: bytes).status == 400
        )
        let uploads = try FileManager.default.contentsOfDirectory(atPath: "\(server.dataFolder)/blobs/uploads")
        #expect(uploads == [])
        #expect(try await server.stored() == before)

        // What looks strange and is none the less a tree.
        let good =
            Self.folder("données") + Self.link("données/ici", to: "../x") + Self.file("x") + Self.file("数据 \\\" ..txt")
        let answer = try await server.upload(good, token: alice.token)
        #expect(answer.status == 201, "\(answer.text)")
    }

    @Test("Bytes at the wrong place, cut off, too many or not what was promised")
    func contents() async throws {
        let server = try await Server.start()
        let alice = try await server.person("alice")
        let before = try await server.stored()
        let text = Array("hello world\n".utf8)
        let hash = "dc5a4edb8240b018124052c330270696f96771a63b45250a5c17d3000e823355"
        let begun = try await server.upload(Self.file("x", size: "\(text.count)", hash: hash), token: alice.token)
        let upload = try #require(try begun.json()["id"]?.string)
        let target = "/api/v1/uploads/\(upload)"
        func offset() async throws -> String? {
            try await server.request("HEAD", target, token: alice.token, ["Tus-Resumable": "1.0.0"]).fields[
                "upload-offset"
            ]
        }

        // The protocol's own rules.
        let octets = ["Content-Type": "application/offset+octet-stream"]
        func patch(_ fields: [String: String]) async throws -> Int {
            try await server.request("PATCH", target, token: alice.token, fields, body: text).status
        }
        #expect(try await patch(octets.merging(["Upload-Offset": "0"]) { $1 }) == 412)
        #expect(try await patch(octets.merging(["Upload-Offset": "0", "Tus-Resumable": "0.2.2"]) { $1 }) == 412)
        #expect(try await patch(["Content-Type": "text/plain", "Upload-Offset": "0", "Tus-Resumable": "1.0.0"]) == 415)
        #expect(try await patch(octets.merging(["Tus-Resumable": "1.0.0"]) { $1 }) == 400)
        for flaw in ["-1", "x", "1.0", "99999999999999999999"] {
            #expect(try await patch(octets.merging(["Tus-Resumable": "1.0.0", "Upload-Offset": flaw]) { $1 }) == 400)
        }
        for wrong in [1, 5, text.count, 1 << 40] {
            let answer = try await server.patch(upload, at: wrong, text, token: alice.token)
            #expect(answer.status == 409, "\(wrong): \(answer.text)")
            #expect(answer.code == "offset_mismatch")
        }
        #expect(try await offset() == "0")
        let early = try await server.request("POST", "\(target)/commit", token: alice.token)
        #expect(early.status == 409, "\(early.text)")
        let over = try await server.patch(upload, at: 0, text + text, token: alice.token)
        #expect((400..<500).contains(over.status), "\(over.status) \(over.text)")

        // Cut off in the middle: what arrived is kept, and no more than that.
        let head =
            "PATCH \(target) HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer \(alice.token)\r\nTus-Resumable: 1.0.0\r\n"
            + "Content-Type: application/offset+octet-stream\r\nUpload-Offset: 0\r\nContent-Length: \(text.count)\r\n\r\n"
        let start = Int(try await offset() ?? "") ?? -1
        #expect(start == 0)
        _ = try await server.send(Array(head.utf8) + text.prefix(5), closing: true)
        let kept = try await eventually("the upload to be free again") { () -> Int? in
            let answer = try await server.request("HEAD", target, token: alice.token, ["Tus-Resumable": "1.0.0"])
            return answer.status == 200 ? Int(answer.fields["upload-offset"] ?? "") : nil
        }
        #expect((0...5).contains(kept))
        #expect(try await server.stored() == before)

        // The rest is other than promised.
        let rest = [UInt8](repeating: 0x78, count: text.count - kept)
        let other = try await server.patch(upload, at: kept, rest, token: alice.token)
        let commit = try await server.request("POST", "\(target)/commit", token: alice.token)
        #expect(
            other.status == 422 || commit.status == 422,
            "\(other.status) \(other.text) \(commit.status) \(commit.text)"
        )
        #expect((400..<500).contains(commit.status), "\(commit.text)")
        #expect(try await server.stored() == before)

        // Whoever sends the right bytes after all is welcome.
        let second = try await server.upload(Self.file("x", size: "\(text.count)", hash: hash), token: alice.token)
        let id = try #require(try second.json()["id"]?.string)
        #expect(try await server.patch(id, at: 0, text, token: alice.token).status == 204)
        let committed = try await server.request("POST", "/api/v1/uploads/\(id)/commit", token: alice.token)
        #expect(try committed.json()["state"]?.string == "committed", "\(committed.text)")
    }

    @Test("Hashes that follow the contents and don't match them")
    func laterHashes() async throws {
        let server = try await Server.start()
        let alice = try await server.person("alice")
        let before = try await server.stored()
        let begun = try await server.upload(#"{"path":"x","type":"file","size":3}"# + "\n", token: alice.token)
        let upload = try #require(try begun.json()["id"]?.string)
        #expect(try await server.patch(upload, at: 0, Array("abc".utf8), token: alice.token).status == 204)
        for hashes in ["", "x\n", "\(Self.hash)\n\(Self.hash)\n", "\(Self.hash)\n"] {
            let answer = try await server.request(
                "POST",
                "/api/v1/uploads/\(upload)/commit",
                token: alice.token,
                body: Array(hashes.utf8)
            )
            #expect((400..<500).contains(answer.status), "\(hashes): \(answer.status) \(answer.text)")
        }
        #expect(try await server.stored() == before)
    }

    @Test("Jobs that can't be")
    func jobs() async throws {
        let server = try await Server.start()
        let alice = try await server.person("alice")
        try await alice.makeProject("good")
        let first = try await alice.submit("true", in: "good")
        _ = try await alice.job(first, is: "finished")
        try alice.write("1\n", to: "data/x.txt")
        try await alice.succeed("upload", "numbers", in: "data")
        let tree = try await server.upload(Self.folder("empty"), token: alice.token).json()
        let code = try #require(tree["id"]?.string)
        _ = try await server.request("POST", "/api/v1/uploads/\(code)/commit", token: alice.token)
        let open = try await server.upload(Self.file("never"), token: alice.token).json()
        let unfinished = try #require(open["id"]?.string)
        let before = try await server.stored()
        func job(_ more: String, code used: String? = nil, command: String = "true") -> String {
            #"{"project":"bad","code":"\#(used ?? code)","command":"\#(command)"\#(more)}"#
        }
        func data(_ sources: String...) -> String { job(#","data":[\#(sources.joined(separator: ","))]"#) }
        let bodies: [(body: String, statuses: ClosedRange<Int>, code: String?)] = [
            (job("", command: ""), 400...400, "invalid_request"),
            (job("", command: #" \n\t "#), 400...400, "invalid_request"),
            (job("", command: #"a\u0000b"#), 400...400, "invalid_request"),
            (job("", command: String(repeating: "x", count: 200_000)), 400...413, nil),
            (job("", code: "abcdefghijkmnopqrstuvw"), 400...422, nil), (job("", code: unfinished), 400...422, nil),
            (job(#","environment":"nope""#), 422...422, "environment_not_found"),
            (job(#","environment":"../x""#), 400...422, nil),
            (job(#","instance_type":"tpu""#), 422...422, "instance_type_not_found"),
            (job(#","max_runtime":0"#), 400...400, "invalid_request"),
            (job(#","max_runtime":-5"#), 400...400, "invalid_request"),
            (job(#","message":"a\u0007b""#), 400...400, "invalid_request"),
            (data(#"{"source":"nope"}"#), 404...404, "dataset_not_found"),
            (data(#"{"source":"../x"}"#), 400...400, nil),
            (data(#"{"source":""}"#), 400...400, nil),
            (data(#"{"source":"good/7/output"}"#), 404...404, "job_not_found"),
            (data(#"{"source":"numbers","mount":"usr"}"#), 400...400, nil),
            (data(#"{"source":"numbers","mount":"a/b"}"#), 400...400, nil),
            (data(#"{"source":"numbers","mount":".."}"#), 400...400, nil),
            (data(#"{"source":"numbers","mount":"a\u0000"}"#), 400...400, nil),
            (data(#"{"source":"numbers","mount":"output"}"#), 400...400, nil),
            (data(#"{"source":"numbers","mount":"x"}"#, #"{"source":"numbers","mount":"x"}"#), 400...409, nil),
        ]
        for (body, statuses, code) in bodies {
            let answer = try await server.post("/api/v1/jobs", json: body, token: alice.token)
            #expect(statuses.contains(answer.status), "\(body.prefix(200)): \(answer.status) \(answer.text)")
            if let code { #expect(answer.code == code, "\(body.prefix(200)): \(answer.text)") }
        }
        #expect(try await server.stored() == before)
        let good = try await server.post("/api/v1/jobs", json: job(""), token: alice.token)
        #expect(good.status == 201, "\(good.text)")
    }
}
