import Glibc
import HTTPTypes
import Testing

@testable import FloydHTTP

@Suite("Requests and answers over a socket")
struct ExchangeTests {
    @Test("a request is answered with the server's own fields, and the connection goes on")
    func keepAlive() async throws {
        try await TestServer.run { server async throws in
            let client = try server.connect()
            for number in 1...3 {
                try client.send("GET /\(number)?q HTTP/1.1\r\nHost: a\r\n\r\n")
                let response = try client.receiveResponse()
                #expect(response.status == 200)
                #expect(response.text == "GET /\(number)?q ")
                #expect(response.fields["date"]?.hasSuffix(" GMT") == true)
                #expect(response.fields["connection"] == nil)
            }
        }
    }

    @Test("a request that comes byte by byte is the same request")
    func byteByByte() async throws {
        try await TestServer.run { server async throws in
            let client = try server.connect()
            for byte in "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n".utf8 {
                try client.send([byte])
            }
            #expect(try client.receiveResponse().text == "POST /a abc")
        }
    }

    @Test("pipelined requests are answered in order, with and without content")
    func pipelining() async throws {
        try await TestServer.run { server async throws in
            let client = try server.connect()
            var all = ""
            for number in 0..<60 {
                switch number % 3 {
                case 0: all += "GET /\(number) HTTP/1.1\r\nHost: a\r\n\r\n"
                case 1: all += "POST /\(number) HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nGET"
                default:
                    all += "PUT /\(number) HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n"
                }
            }
            try client.send(all)
            for number in 0..<60 {
                let expected = ["GET /\(number) ", "POST /\(number) GET", "PUT /\(number) x"][number % 3]
                #expect(try client.receiveResponse().text == expected)
            }
        }
    }

    @Test("a path and its query come apart")
    func pathAndQuery() async throws {
        try await TestServer.run(handler: { request in
            HTTPServerResponse(
                status: .ok,
                body: .bytes(Array("\(request.path)|\(request.query ?? "-")|\(request.head.authority ?? "-")".utf8))
            )
        }) { server async throws in
            #expect(try server.ask("GET /a%20b?c=%3F?d HTTP/1.1\r\nHost: h:1\r\n\r\n").text == "/a%20b|c=%3F?d|h:1")
            #expect(try server.ask("GET /a? HTTP/1.1\r\nHost: h\r\n\r\n").text == "/a||h")
            #expect(try server.ask("GET http://x/y?z HTTP/1.1\r\nHost: h\r\n\r\n").text == "/y|z|x")
            #expect(try server.ask("GET /a HTTP/1.0\r\n\r\n").text == "/a|-|-")
        }
    }

    @Test("HEAD has the length of the content and none of it", arguments: ["bytes", "file", "stream", "none"])
    func head(kind: String) async throws {
        try await TestServer.run(handler: { _ in
            switch kind {
            case "bytes": return HTTPServerResponse(status: .ok, body: .bytes(Array("hello".utf8)))
            case "file": return HTTPServerResponse(status: .ok, body: .file(TestFile.region(bytes: 5)))
            case "stream":
                return HTTPServerResponse(
                    status: .ok,
                    body: .stream(length: 5) { _ in Issue.record("streamed for HEAD") }
                )
            default: return HTTPServerResponse(status: .ok)
            }
        }) { server async throws in
            let client = try server.connect()
            for _ in 0..<2 {
                try client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n")
                let response = try client.receiveResponse(toHead: true)
                #expect(response.status == 200)
                #expect(response.fields["content-length"] == (kind == "none" ? nil : "5"))
            }
        }
    }

    @Test("204 and 304 have neither content nor length", arguments: [204, 304])
    func withoutContent(status: Int) async throws {
        try await TestServer.run(handler: { _ in
            HTTPServerResponse(status: .init(code: status), body: .bytes(Array("x".utf8)))
        }) { server async throws in
            let client = try server.connect()
            for _ in 0..<2 {
                try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                let response = try client.receiveResponse()
                #expect(response.status == status)
                #expect(response.fields["content-length"] == nil)
            }
        }
    }

    @Test("framing fields of a handler are left out, and an interim status is a fault")
    func ownFields() async throws {
        try await TestServer.run(handler: { request in
            if request.path == "/interim" { return HTTPServerResponse(status: .init(code: 103)) }
            return HTTPServerResponse(
                status: .ok,
                headerFields: [
                    .contentLength: "999", .transferEncoding: "chunked", .connection: "close", .date: "never",
                    .eTag: "\"e\"",
                ],
                body: .bytes(Array("x".utf8))
            )
        }) { server async throws in
            let client = try server.connect()
            try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            let response = try client.receiveResponse()
            #expect(response.fields["content-length"] == "1")
            #expect(response.fields["transfer-encoding"] == nil)
            #expect(response.fields["connection"] == nil)
            #expect(response.fields["date"] != "never")
            #expect(response.fields["etag"] == "\"e\"")
            try client.send("GET /interim HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try client.receiveResponse().status == 500)
        }
    }

    @Test("HTTP/1.0 closes, or keeps alive when asked")
    func http10() async throws {
        try await TestServer.run { server async throws in
            let client = try server.connect()
            try client.send("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            #expect(try client.receiveResponse().fields["connection"] == "keep-alive")
            try client.send("GET /b HTTP/1.0\r\n\r\n")
            let last = try client.receiveResponse()
            #expect(last.fields["connection"] == "close")
            #expect(try client.receiveToEnd().isEmpty)
        }
    }

    @Test("Connection: close is answered in kind")
    func close() async throws {
        try await TestServer.run { server async throws in
            let client = try server.connect()
            try client.send(
                "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"
            )
            #expect(try client.receiveResponse().fields["connection"] == "close")
            #expect(try client.receiveToEnd().isEmpty)
            #expect(server.events.records.count == 1)
        }
    }

    @Test("a file's part goes out exactly", arguments: [0, 1, 100_000, 5_000_000])
    func file(length: Int) async throws {
        try await TestServer.run(handler: { _ in
            HTTPServerResponse(
                status: .ok,
                body: .file(TestFile.region(bytes: length + 20, offset: 10, length: length))
            )
        }) { server async throws in
            let client = try server.connect()
            for _ in 0..<2 {
                try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(try client.receiveResponse().body == TestFile.content(10..<10 + length))
            }
        }
    }

    @Test("a file that has become shorter cuts the connection")
    func shrunkFile() async throws {
        try await TestServer.run(handler: { _ in
            HTTPServerResponse(status: .ok, body: .file(TestFile.region(bytes: 1000, offset: 0, length: 2000)))
        }) { server async throws in
            #expect(throws: RawClient.Failure.self) { try server.ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n") }
            #expect(throws: RawClient.Failure.self) { try server.ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n") }
        }
    }

    @Test("answers larger than the socket's buffers arrive whole")
    func largeBytes() async throws {
        let content = TestFile.content(0..<20_000_000)
        try await TestServer.run(handler: { _ in HTTPServerResponse(status: .ok, body: .bytes(content)) }) {
            server async throws in
            let client = try server.connect(receiveBuffer: 65_536)
            try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try client.receiveResponse().body == content)
        }
    }

    @Test("several loops share the connections")
    func severalLoops() async throws {
        try await TestServer.run(configure: { $0.loops = 3 }) { server async throws in
            let clients = try (0..<9).map { _ in try server.connect() }
            for client in clients { try client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx") }
            for client in clients { #expect(try client.receiveResponse().text == "POST / x") }
        }
    }

    @Test("the observer hears of each request")
    func records() async throws {
        try await TestServer.run { server async throws in
            _ = try server.ask("POST /a?b HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc")
            server.server.stop()
            while server.server.connectionCount > 0 { await Task.yield() }
            let record = try #require(server.events.records.first)
            #expect(record.method == "POST")
            #expect(record.target == "/a?b")
            #expect(record.status == 200)
            #expect(record.bytesReceived == 3)
            #expect(record.bytesSent == 13)
            #expect(!record.isIncomplete)
        }
    }
}

extension RawClient {
    /// Whether a plain request is answered.
    var isUsable: Bool {
        do {
            try send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            return try receiveHead().status == 200
        } catch {
            return false
        }
    }
}

/// Files that have no name.
enum TestFile {
    /// Repeats after a number of bytes that no buffer's size divides.
    private static let pattern: [UInt8] = (0..<65_521).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }

    static func content(_ range: Range<Int>) -> [UInt8] {
        var content: [UInt8] = []
        content.reserveCapacity(range.count)
        while content.count < range.count {
            let start = (range.lowerBound + content.count) % pattern.count
            content += pattern[start...].prefix(range.count - content.count)
        }
        return content
    }

    static func region(bytes: Int, offset: Int = 0, length: Int? = nil) -> FileRegion {
        var template = Array("/tmp/floyd-http-test-XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        unlink(template)
        let bytesOfFile = content(0..<bytes)
        var written = 0
        while written < bytes {
            written += bytesOfFile[written...].withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        }
        return FileRegion(descriptor: descriptor, offset: Int64(offset), length: Int64(length ?? bytes))
    }
}
