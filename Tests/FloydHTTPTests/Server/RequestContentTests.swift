import HTTPTypes
import Synchronization
import Testing

@testable import FloydHTTP

@Suite("Content of requests over a socket")
struct RequestContentTests {
    private static func put(_ fields: String, _ content: String = "") -> String {
        "PUT / HTTP/1.1\r\nHost: a\r\n\(fields)\r\n\(content)"
    }

    /// Answers without reading anything.
    @Sendable private static func ignore(_ request: HTTPServerRequest) async -> HTTPServerResponse {
        HTTPServerResponse(status: .ok, body: .bytes(Array(request.path.utf8)))
    }

    @Test("large content arrives exactly, by length and by chunks", arguments: [true, false])
    func large(chunked: Bool) async throws {
        let content = TestFile.content(0..<6_000_000)
        try await TestServer.run { server async throws in
            let client = try server.connect()
            if chunked {
                try client.send(Self.put("Transfer-Encoding: chunked\r\n"))
                var start = 0
                for size in [1, 10, 1000, 200_000, 3_000_000, 2_798_989] {
                    try client.send("\(String(size, radix: 16))\r\n")
                    try client.send(Array(content[start..<start + size]))
                    try client.send("\r\n")
                    start += size
                }
                try client.send("0\r\n\r\n")
            } else {
                try client.send(Self.put("Content-Length: \(content.count)\r\n"))
                try client.send(content)
            }
            let response = try client.receiveResponse()
            #expect(response.status == 200)
            #expect(Array(response.body.dropFirst("PUT / ".utf8.count)) == content)
            #expect(client.isUsable)
        }
    }

    @Test("100 Continue is sent by the first read")
    func expectContinue() async throws {
        try await TestServer.run { server async throws in
            let client = try server.connect()
            try client.send(Self.put("Content-Length: 3\r\nExpect: 100-continue\r\n"))
            #expect(try client.receiveHead().status == 100)
            try client.send("abc")
            #expect(try client.receiveResponse().text == "PUT / abc")
            #expect(client.isUsable)
        }
    }

    @Test(
        "100 Continue is not sent by a handler that refuses, nor where the content is larger than allowed",
        arguments: [true, false]
    )
    func refusedExpectation(reads: Bool) async throws {
        try await TestServer.run(
            configure: { $0.limits.body = 2 },
            handler: { request in
                if reads {
                    do throws(HTTPBodyError) {
                        while try await request.body.read() != nil {}
                    } catch {
                        return HTTPServerResponse(status: .init(code: error.status))
                    }
                }
                return HTTPServerResponse(status: .unauthorized)
            }
        ) { server async throws in
            let client = try server.connect()
            try client.send(Self.put("Content-Length: 3\r\nExpect: 100-continue\r\n"))
            let response = try client.receiveResponse()
            #expect(response.status == (reads ? 413 : 401))
            #expect(response.fields["connection"] == "close")
            #expect(try client.receiveToEnd().isEmpty)
        }
    }

    @Test("content is limited, unless the handler allows more", arguments: [true, false])
    func limits(chunked: Bool) async throws {
        try await TestServer.run(
            configure: { $0.limits.body = 10 },
            handler: { request in
                if request.path == "/more" { request.body.allow(upTo: 20) }
                var total = 0
                do throws(HTTPBodyError) {
                    while let piece = try await request.body.read() { total += piece.count }
                    return HTTPServerResponse(status: .ok, body: .bytes(Array("\(total)".utf8)))
                } catch {
                    return HTTPServerResponse(status: .init(code: error.status))
                }
            }
        ) { server async throws in
            for (path, size, status) in [("/", 10, 200), ("/", 11, 413), ("/more", 20, 200), ("/more", 21, 413)] {
                let content = String(repeating: "x", count: size)
                let framing = chunked ? "Transfer-Encoding: chunked" : "Content-Length: \(size)"
                let body = chunked ? "\(String(size, radix: 16))\r\n\(content)\r\n0\r\n\r\n" : content
                let response = try server.ask("POST \(path) HTTP/1.1\r\nHost: a\r\n\(framing)\r\n\r\n\(body)")
                #expect(response.status == status)
            }
        }
    }

    @Test("a little unread content is thrown away, and the next request is the next one", arguments: [true, false])
    func unreadLittle(chunked: Bool) async throws {
        try await TestServer.run(handler: Self.ignore) { server async throws in
            let client = try server.connect()
            let smuggled = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"
            for _ in 0..<3 {
                if chunked {
                    let size = String(smuggled.utf8.count, radix: 16)
                    try client.send(Self.put("Transfer-Encoding: chunked\r\n", "\(size)\r\n\(smuggled)\r\n0\r\n\r\n"))
                } else {
                    try client.send(Self.put("Content-Length: \(smuggled.utf8.count)\r\n", smuggled))
                }
                try client.send("GET /next HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(try client.receiveResponse().text == "/")
                #expect(try client.receiveResponse().text == "/next")
            }
            #expect(server.events.records.allSatisfy { $0.target != "/smuggled" })
        }
    }

    @Test("much unread content ends the connection after the answer")
    func unreadMuch() async throws {
        try await TestServer.run(handler: Self.ignore) { server async throws in
            let client = try server.connect()
            try client.send(Self.put("Content-Length: 10000000\r\n", String(repeating: "x", count: 300_000)))
            let response = try client.receiveResponse()
            #expect(response.status == 200)
            #expect(response.fields["connection"] == "close")
            #expect(try client.receiveToEnd().isEmpty)
        }
    }

    @Test("much unread chunked content ends the connection, whatever it looks like")
    func unreadChunked() async throws {
        try await TestServer.run(handler: Self.ignore) { server async throws in
            let client = try server.connect()
            try client.send(Self.put("Transfer-Encoding: chunked\r\n"))
            #expect(try client.receiveResponse().status == 200)
            let chunk = "10000\r\n" + String(repeating: "x", count: 0x10000) + "\r\n"
            for _ in 0..<4 { try client.send(chunk) }
            _ = client.sendSome(Array((chunk + "0\r\n\r\nGET /late HTTP/1.1\r\nHost: a\r\n\r\n").utf8))
            _ = try? client.receiveToEnd()
            #expect(server.events.records.count == 1)
        }
    }

    @Test("malformed chunks are answered 400, also where the handler took them for good")
    func malformedChunks() async throws {
        try await TestServer.run(handler: { request in
            while let _ = try? await request.body.read() {}
            return HTTPServerResponse(status: .ok)
        }) { server async throws in
            let client = try server.connect()
            try client.send(
                Self.put("Transfer-Encoding: chunked\r\n", "3\r\nabcX\r\n0\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n")
            )
            let response = try client.receiveResponse()
            #expect(response.status == 400)
            #expect(response.fields["connection"] == "close")
            #expect(try client.receiveToEnd().isEmpty)
        }
    }

    @Test("a read that goes on gives what came before the client left, and then says that it left")
    func readsOn() async throws {
        let counts = Mutex<[Int]>([])
        try await TestServer.run(handler: { request in
            let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 10, alignment: 1)
            defer { memory.deallocate() }
            do throws(HTTPBodyError) {
                while true {
                    let count = try await request.body.read(into: memory) { true }
                    counts.withLock { $0.append(count) }
                    if count == 0 { break }
                }
            } catch {
                counts.withLock { $0.append(-1) }
            }
            return HTTPServerResponse(status: .ok)
        }) { server async throws in
            for (declared, sent) in [(24, "0123456789abcdefghij0123"), (24, "0123456789abcd"), (3, "abc")] {
                let client = try server.connect()
                try client.send(Self.put("Content-Length: \(declared)\r\n"))
                for byte in sent.utf8 { try client.send(String(UnicodeScalar(byte))) }
                client.endSending()
                _ = try? client.receiveToEnd()
            }
        }
        #expect(counts.withLock { $0 } == [10, 10, 4, 0, 10, 4, -1, 3, 0])
    }

    @Test("content that is cut short is an error, and never a request")
    func cutShort() async throws {
        let failure = Mutex<HTTPBodyError?>(nil)
        try await TestServer.run(handler: { request in
            do throws(HTTPBodyError) {
                _ = try await request.body.collect(limit: 100)
            } catch {
                failure.withLock { $0 = error }
            }
            return HTTPServerResponse(status: .badRequest)
        }) { server async throws in
            let client = try server.connect()
            try client.send(Self.put("Content-Length: 10\r\n", "abc"))
            client.endSending()
            #expect(try client.receiveResponse().status == 400)
            #expect(failure.withLock { $0 } == .clientLeft)
        }
    }

    @Test("content can be read from another executor, and two readers are told apart")
    func otherExecutor() async throws {
        try await TestServer.run(handler: { request in
            let task = Task.detached { try? await request.body.collect(limit: 100) }
            return HTTPServerResponse(status: .ok, body: .bytes(await task.value ?? []))
        }) { server async throws in
            let client = try server.connect()
            try client.send(Self.put("Content-Length: 6\r\n", "abc"))
            try client.send("def")
            #expect(try client.receiveResponse().text == "abcdef")
        }
    }

    @Test("content kept beyond the answer can't be read any more")
    func keptBeyond() async throws {
        let kept = Mutex<HTTPRequestBody?>(nil)
        try await TestServer.run(handler: { request in
            if request.head.method == .put { kept.withLock { $0 = request.body } }
            return HTTPServerResponse(status: .ok)
        }) { server async throws in
            let client = try server.connect()
            try client.send(Self.put("Content-Length: 3\r\n", "abc") + "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            _ = try client.receiveResponse()
            _ = try client.receiveResponse()
            let body = try #require(kept.withLock { $0 })
            await #expect(throws: HTTPBodyError.finished) { try await body.read() }
        }
        let body = try #require(kept.withLock { $0 })
        await #expect(throws: HTTPBodyError.finished) { try await body.read() }
    }
}
