import FloydAPI
import FloydCore
import FloydHTTP
import FloydModel
import Foundation
import HTTPTypes
import Testing

@testable import FloydServer

/// The application behind a real socket.
@Suite("Over a socket", .timeLimit(.minutes(1)))
struct SocketTests {
    @Test("a request is answered, HEAD without content, errors as problems")
    func basics() async throws {
        try await TestApplication().serve { port, _ in
            let connection = try RawConnection(port)
            let get = try await connection.exchange("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", until: "}")
            #expect(get.hasPrefix("HTTP/1.1 200") && get.hasSuffix(#"{"status":"ok"}"#))
            let head = try await connection.exchange("HEAD /healthz HTTP/1.1\r\nHost: x\r\n\r\n", until: "\r\n\r\n")
            #expect(head.contains("Content-Length: 15\r\n") && head.hasSuffix("\r\n\r\n"))
            let problem = try await connection.exchange("GET /api/v1/jobs HTTP/1.1\r\nHost: x\r\n\r\n", until: "}")
            #expect(problem.hasPrefix("HTTP/1.1 401") && problem.contains("unauthenticated"))
        }
    }

    @Test("nobody is told to go ahead with a body before it is known who asks")
    func expectation() async throws {
        let head =
            "PATCH /api/v1/uploads/\(ObjectID.fixed) HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 4\r\n"
            + "Content-Type: application/offset+octet-stream\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\n"
        try await TestApplication().serve { port, _ in
            let stranger = try await RawConnection(port).exchange(head + "\r\n", until: "}")
            #expect(stranger.hasPrefix("HTTP/1.1 401"))
            let connection = try RawConnection(port)
            let ahead = try await connection.exchange(
                head + "Authorization: Bearer alice-token\r\n\r\n",
                until: "\r\n\r\n"
            )
            #expect(ahead == "HTTP/1.1 100 Continue\r\n\r\n")
            let answer = try await connection.exchange("data", until: "\r\n\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 204") && answer.contains("Upload-Offset: 4\r\n"))
        }
    }

    @Test("no route has anybody send what it would not take", arguments: [nil, "alice-token"])
    func expectationsOfAllRoutes(token: String?) async throws {
        let app = try TestApplication()
        let fields =
            (token.map { "Authorization: Bearer \($0)\r\n" } ?? "")
            + "Expect: 100-continue\r\nContent-Length: \(Int64(1) << 50)\r\n"
        try await app.serve { port, _ in
            for route in app.application.routes {
                // How much of an upload is missing only its service knows.
                if token != nil, route.method == .patch { continue }
                let path = "\(route.template)".split(separator: "/", omittingEmptySubsequences: false)
                    .map { $0.hasPrefix("{") ? "x" : String($0) }.joined(separator: "/")
                for type in ["application/json", MediaType.jsonLines, "application/x-www-form-urlencoded"] {
                    let answer = try await RawConnection(port).exchange(
                        "\(route.method) \(path) HTTP/1.1\r\nHost: x\r\nContent-Type: \(type)\r\n\(fields)\r\n",
                        until: "\r\n\r\n"
                    )
                    #expect(
                        answer.hasPrefix("HTTP/1.1 ") && !answer.hasPrefix("HTTP/1.1 100"),
                        "\(route.method) \(path)"
                    )
                    #expect(answer.contains("Connection: close\r\n"), "\(route.method) \(path)")
                }
            }
        }
    }

    @Test("contents and archives come whole, and one that breaks off can't be taken for whole")
    func streams() async throws {
        let app = try TestApplication()
        app.fake.set { state in
            state.treeBytes = Array("0123456789".utf8)
            state.archive = ["one", "two"]
        }
        func request(_ path: String, _ fields: String = "") -> String {
            "GET /api/v1/dataset-versions/x/\(path) HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer alice-token\r\n\(fields)\r\n"
        }
        try await app.serve { port, _ in
            let connection = try RawConnection(port)
            let part = try await connection.exchange(request("contents", "Range: bytes=2-8\r\n"), until: "2345678")
            #expect(part.contains("HTTP/1.1 206") && part.contains("Content-Length: 7\r\n"))
            let whole = try await connection.exchange(request("archive.tar"), until: "0\r\n\r\n")
            #expect(whole.hasSuffix("3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n"))
            app.fake.set { $0.archiveFailure = FloydError(.conflict, "a file became shorter") }
            let broken = try? await connection.exchange(request("archive.tar"), until: "0\r\n\r\n")
            #expect(broken?.hasSuffix("0\r\n\r\n") != true)
        }
    }

    @Test("a file goes out in part, with its length")
    func file() async throws {
        let app = try TestApplication()
        let file = try TemporaryFile("0123456789".utf8)
        app.fake.set { $0.logFile = file.path }
        try await app.serve { port, _ in
            let request =
                "GET /api/v1/jobs/x/log HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer alice-token\r\nRange: bytes=3-5\r\n\r\n"
            let answer = try await RawConnection(port).exchange(request, until: "345")
            #expect(answer.hasPrefix("HTTP/1.1 206") && answer.contains("Content-Length: 3\r\n"))
        }
        withExtendedLifetime(file) {}
    }

    @Test("a stream brings what happens, and a last word when the server stops")
    func stream() async throws {
        let app = try TestApplication()
        app.fake.set { $0.logEvents = [[.job(.test())], [.log([.test("hello")], offset: 42)]] }
        try await app.serve { port, server in
            let connection = try RawConnection(port)
            let request =
                "GET /api/v1/jobs/x/log/stream HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer alice-token\r\n\r\n"
            let begin = try await connection.exchange(request, until: "hello\"}]")
            #expect(begin.contains("Content-Type: text/event-stream\r\n") && begin.contains("event: log\nid: 1-42\n"))
            server.stop()
            #expect(try await connection.exchange("", until: "0\r\n\r\n").contains(": the server is stopping"))
        }
    }
}
