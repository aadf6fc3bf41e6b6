import Glibc
import HTTPTypes
import Testing

@testable import FloydHTTP

/// Answers that are held for the end of the turn, and answers that need no task.
@Suite("Held answers") struct HeldAnswerTests {
    /// Content that is sent in one call with its head, if the socket takes it.
    private static func content(_ number: Int, _ count: Int = 30_000) -> [UInt8] {
        let text = "\(number) "
        return Array(String(repeating: text, count: count / text.utf8.count).utf8)
    }

    private static func numbered(_ request: HTTPServerRequest) -> HTTPServerResponse {
        HTTPServerResponse(status: .ok, body: .bytes(content(Int(request.path.dropFirst()) ?? -1)))
    }

    @Test("a client that reads late gets every answer, whole and in order", arguments: ["127.0.0.1:0", "unix"])
    func lateReader(_ address: String) async throws {
        let folder = "/tmp/held-\(getpid())-\(UInt32.random(in: 0..<UInt32.max))"
        mkdir(folder, 0o700)
        defer {
            unlink("\(folder)/socket")
            rmdir(folder)
        }
        let address = address == "unix" ? "unix:\(folder)/socket" : address
        try await TestServer.run(address, handler: { Self.numbered($0) }) { server async throws in
            let client = try server.connect(receiveBuffer: 4096)
            let count = 300
            try client.send((0..<count).map { "GET /\($0) HTTP/1.1\r\nHost: a\r\n\r\n" }.joined())
            // As much as the sockets take: the next answer is stuck in the middle.
            usleep(100_000)
            for number in 0..<count { #expect(try client.receiveResponse().body == Self.content(number)) }
        }
    }

    @Test("each of many clients that ask at once gets its own answer")
    func manyAtOnce() async throws {
        try await TestServer.run(handler: { Self.numbered($0) }) { server async throws in
            let clients = try (0..<64).map { _ in try server.connect() }
            for (number, client) in clients.enumerated() {
                try client.send("GET /\(number) HTTP/1.1\r\nHost: a\r\n\r\n")
            }
            for (number, client) in clients.enumerated() {
                #expect(try client.receiveResponse().body == Self.content(number))
            }
        }
    }

    @Test("a client that resets while its answer is held harms nobody")
    func reset() async throws {
        try await TestServer.run(handler: { Self.numbered($0) }) { server async throws in
            for _ in 0..<20 {
                let (leaving, staying) = (try server.connect(), try server.connect())
                try leaving.send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n")
                try staying.send("GET /3 HTTP/1.1\r\nHost: a\r\n\r\n")
                leaving.reset()
                #expect(try staying.receiveResponse().body == Self.content(3))
            }
        }
    }

    private static func immediate(_ request: HTTPServerRequest) -> HTTPServerResponse? {
        switch request.path {
        case "/small": return HTTPServerResponse(status: .ok, body: .bytes(Array("at once".utf8)))
        case "/none": return HTTPServerResponse(status: .noContent)
        case "/large": return HTTPServerResponse(status: .ok, body: .bytes(content(7, 3_000_000)))
        case "/stream":
            return HTTPServerResponse(
                status: .ok,
                body: .stream(length: nil) { writer in
                    for number in 0..<3 { try await writer.write(Array("piece \(number)\n".utf8)) }
                }
            )
        default: return nil
        }
    }

    @Test("what is answered without a task is answered as everything else is")
    func withoutTask() async throws {
        try await TestServer.run(immediate: { Self.immediate($0) }) { server async throws in
            let client = try server.connect()
            for _ in 0..<3 {
                try client.send(
                    ["small", "none", "large", "stream", "other"].map { "GET /\($0) HTTP/1.1\r\nHost: a\r\n\r\n" }
                        .joined()
                )
                #expect(try client.receiveResponse().text == "at once")
                #expect(try client.receiveResponse().status == 204)
                #expect(try client.receiveResponse().body == Self.content(7, 3_000_000))
                #expect(try client.receiveResponse().text == "piece 0\npiece 1\npiece 2\n")
                #expect(try client.receiveResponse().text == "GET /other ")
            }
            try client.send("HEAD /small HTTP/1.1\r\nHost: a\r\n\r\n")
            let head = try client.receiveResponse(toHead: true)
            #expect(head.fields["content-length"] == "7" && head.body.isEmpty)
            // Content that nobody wanted is thrown away.
            try client.send("POST /small HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nGET /")
            #expect(try client.receiveResponse().text == "at once")
            try client.send("GET /small HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            #expect(try client.receiveResponse().fields["connection"] == "close")
            #expect(server.events.records.count { $0.target == "/small" && $0.bytesSent == 7 } == 5)
        }
    }
}
