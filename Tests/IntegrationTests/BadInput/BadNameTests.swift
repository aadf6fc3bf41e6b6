import FloydConformance
import Foundation
import Testing

/// Names, documents and addresses that are none: each a clear refusal, and nothing stored.
@Suite(.scene, .tags(.integration))
struct BadNameTests {
    private static let names = [
        "..", ".", "/", "a/b", "../etc", "", " ", "a b", "a\u{0}b", "\n", "-x", ".hidden", "_x", "123", "é", "数据",
        "a\u{202e}b", "a%2fb",
        String(repeating: "x", count: 300), String(repeating: "é", count: 300), "abcdefghijkmnopqrstuvw",
    ]

    @Test("Names that are none are refused by the interface")
    func names() async throws {
        let server = try await Server.start()
        let alice = try await server.person("alice")
        let before = try await server.stored()
        for name in Self.names {
            let quoted = String(decoding: try JSONEncoder().encode(name), as: UTF8.self)
            for (target, body) in [
                ("/api/v1/datasets", #"{"name":\#(quoted)}"#), ("/api/v1/projects", #"{"name":\#(quoted)}"#),
                ("/api/v1/jobs", #"{"project":\#(quoted),"code":"abcdefghijkmnopqrstuvw","command":"true"}"#),
            ] {
                let answer = try await server.post(target, json: body, token: alice.token)
                #expect(answer.status == 400, "\(target) \(body): \(answer.status) \(answer.text)")
                #expect(["invalid_name", "invalid_request"].contains(answer.code), "\(answer.text)")
                #expect(answer.fields["content-type"] == "application/problem+json")
            }
            guard !name.isEmpty else { continue }
            let segment = name.utf8.map { "%" + String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
            for target in [
                "/api/v1/jobs/\(segment)", "/api/v1/datasets/\(segment)", "/api/v1/dataset-versions/\(segment)",
                "/jobs/\(segment)",
            ] {
                let answer = try await server.get(
                    target,
                    token: alice.token,
                    ["Cookie": "floydlite_session=\(alice.token)"]
                )
                #expect([400, 404].contains(answer.status), "\(target): \(answer.status) \(answer.text)")
            }
        }
        #expect(try await server.stored() == before)
    }

    @Test("JSON of the wrong shape is refused with the field that is wrong")
    func shapes() async throws {
        let server = try await Server.start()
        let alice = try await server.person("alice")
        let before = try await server.stored()
        let id = "abcdefghijkmnopqrstuvw"
        let bodies: [(target: String, body: String, field: String?)] = [
            ("/api/v1/datasets", "", nil), ("/api/v1/datasets", "{", nil), ("/api/v1/datasets", "[]", nil),
            ("/api/v1/datasets", "null", nil), ("/api/v1/datasets", "\"x\"", nil), ("/api/v1/datasets", "{}", "name"),
            ("/api/v1/datasets", #"{"name":5}"#, "name"), ("/api/v1/datasets", #"{"name":null}"#, "name"),
            ("/api/v1/datasets", #"{"name":["x"]}"#, "name"),
            ("/api/v1/datasets", #"{"name":"x","public":1}"#, "public"),
            ("/api/v1/datasets", #"{"name":"x","private":true}"#, "private"),
            ("/api/v1/datasets", #"{"name":"x"} x"#, nil),
            ("/api/v1/datasets", #"{"name":"\ud800"}"#, nil), ("/api/v1/datasets", #"{'name':'x'}"#, nil),
            ("/api/v1/datasets", String(repeating: "[", count: 100_000), nil),
            ("/api/v1/datasets", #"{"name":"x","y":"# + String(repeating: "[", count: 10_000) + "}", nil),
            ("/api/v1/jobs", #"{"project":"p","code":"\#(id)","command":"true","data":{}}"#, "data"),
            ("/api/v1/jobs", #"{"project":"p","code":"\#(id)","command":"true","data":["x"]}"#, "data[0]"),
            (
                "/api/v1/jobs", #"{"project":"p","code":"\#(id)","command":"true","data":[{"source":1}]}"#,
                "data[0].source"
            ),
            ("/api/v1/jobs", #"{"project":"p","code":"\#(id)","command":"true","max_runtime":"5"}"#, "max_runtime"),
            ("/api/v1/jobs", #"{"project":"p","code":"\#(id)","command":"true","max_runtime":1.5}"#, "max_runtime"),
            ("/api/v1/jobs", #"{"project":"p","code":"\#(id)","command":"true","max_runtime":1e99}"#, "max_runtime"),
            ("/api/v1/jobs", #"{"project":"p","code":"\#(id)","command":"true","env":"x"}"#, "env"),
            ("/api/v1/jobs", #"{"project":"p","code":"nope","command":"true"}"#, "code"),
            ("/api/v1/jobs", #"{"project":"p","code":"\#(id)","command":["true"]}"#, "command"),
            ("/api/v1/jobs", #"{"project":"p","code":"\#(id)"}"#, "command"),
        ]
        for (target, body, field) in bodies {
            let answer = try await server.post(target, json: body, token: alice.token)
            #expect(answer.status == 400, "\(body.prefix(80)): \(answer.status) \(answer.text)")
            let fields = (try? answer.json())?["fields"]?.items.compactMap { $0["name"]?.string } ?? []
            if let field { #expect(fields.contains(field), "\(body): \(answer.text)") }
        }
        let plain = try await server.request(
            "POST",
            "/api/v1/datasets",
            token: alice.token,
            ["Content-Type": "text/plain"],
            body: Array("{}".utf8)
        )
        #expect(plain.status == 415)
        let invalid = try await server.request(
            "POST",
            "/api/v1/datasets",
            token: alice.token,
            ["Content-Type": "application/json"],
            body: Array(#"{"name":""#.utf8) + [0xff, 0xfe] + Array(#""}"#.utf8)
        )
        #expect(invalid.status == 400, "\(invalid.text)")
        let large = #"{"name":""# + String(repeating: "x", count: 4 << 20) + #""}"#
        #expect(try await server.post("/api/v1/datasets", json: large, token: alice.token).status == 413)
        #expect(try await server.stored() == before)
    }

    @Test("Without a valid token nothing is told, whatever is asked")
    func tokens() async throws {
        let server = try await Server.start()
        let alice = try await server.person("alice")
        let before = try await server.stored()
        for header in [
            "", "Bearer", "Bearer ", "Bearer wrong", "Basic \(alice.token)", "Bearer \(alice.token)x",
            "Bearer \(alice.token) x",
        ] {
            for (method, target) in [
                ("GET", "/api/v1/account"), ("GET", "/api/v1/jobs"), ("POST", "/api/v1/uploads"),
                ("GET", "/api/v1/jobs/x/output/..%2f"),
            ] {
                let answer = try await server.request(method, target, header.isEmpty ? [:] : ["Authorization": header])
                #expect([400, 401].contains(answer.status), "\(header) \(target): \(answer.status)")
                if answer.status == 401 { #expect(answer.fields["www-authenticate"]?.hasPrefix("Bearer") == true) }
            }
        }
        #expect(try await server.get("/healthz").status == 200)
        #expect(try await server.stored() == before)
    }

    @Test("Addresses and framings with two meanings are refused")
    func framing() async throws {
        let server = try await Server.start()
        let alice = try await server.person("alice")
        let login = "Host: h\r\nAuthorization: Bearer \(alice.token)\r\n"
        let requests = [
            "GET /api/v1/../../etc/passwd HTTP/1.1\r\n\(login)\r\n", "GET /api/v1/%2e%2e/jobs HTTP/1.1\r\n\(login)\r\n",
            "GET /api/v1/jobs/%00 HTTP/1.1\r\n\(login)\r\n", "GET /api/v1/jobs/%ff HTTP/1.1\r\n\(login)\r\n",
            "GET /api/v1/jobs/%zz HTTP/1.1\r\n\(login)\r\n",
            "GET /api/v1/jobs?limit=1&limit=2 HTTP/1.1\r\n\(login)\r\n",
            "GET /api/v1/jobs?limit=-1 HTTP/1.1\r\n\(login)\r\n",
            "GET /api/v1/jobs?nonsense=1 HTTP/1.1\r\n\(login)\r\n",
            "GET /api/v1/jobs?cursor=x HTTP/1.1\r\n\(login)\r\n",
            "POST /api/v1/datasets HTTP/1.1\r\n\(login)Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "POST /api/v1/datasets HTTP/1.1\r\n\(login)Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
            "POST /api/v1/datasets HTTP/1.1\r\n\(login)Content-Length: +5\r\n\r\nhello",
            "GET /healthz HTTP/1.1\r\nHost : h\r\n\r\n", "GET /healthz HTTP/1.1\r\n\r\n",
            "GET /healthz HTTP/1.1\nHost: h\n\n",
            "GET  /healthz HTTP/1.1\r\nHost: h\r\n\r\n", "GET /healthz HTTP/1.1\r\nHost: h\r\nX: a\u{0}b\r\n\r\n",
        ]
        for request in requests {
            let answer = try Answer(try await server.send(Array(request.utf8), closing: true))
            #expect(answer.status == 400, "\(request): \(answer.status) \(answer.text)")
        }
        let long = "GET /\(String(repeating: "x", count: 100_000)) HTTP/1.1\r\nHost: h\r\n\r\n"
        #expect([400, 414].contains(try Answer(try await server.send(Array(long.utf8), closing: true)).status))
        #expect(try await server.get("/healthz").status == 200)
    }
}
