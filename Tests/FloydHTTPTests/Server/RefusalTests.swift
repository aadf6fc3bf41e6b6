import HTTPTypes
import Testing

@testable import FloydHTTP

@Suite("Requests that are refused, and time limits")
struct RefusalTests {
    @Test(
        "a refused request has its answer, and the connection ends",
        arguments: [
            (400, "GET / HTTP/1.1\r\n\r\n"), (400, "GET / HTTP/1.1\nHost: a\n\n"),
            (417, "GET / HTTP/1.1\r\nHost: a\r\nExpect: x\r\n\r\n"),
            (414, "GET /\(String(repeating: "a", count: 9000)) HTTP/1.1\r\n"),
            (501, "CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n"),
            (431, "GET / HTTP/1.1\r\nHost: a\r\nA: \(String(repeating: "a", count: 40_000))\r\n\r\n"),
            (413, "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n"),
            (505, "GET / HTTP/2.0\r\n\r\n"),
            (501, "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"),
        ]
    )
    func refused(status: Int, request: String) async throws {
        try await TestServer.run { server async throws in
            let client = try server.connect()
            // More than is looked at: the answer must arrive all the same.
            try client.send(request + String(repeating: "GET / HTTP/1.1\r\nHost: a\r\n\r\n", count: 100))
            let response = try client.receiveResponse()
            #expect(response.status == status)
            #expect(response.fields["connection"] == "close")
            #expect(response.fields["content-type"] == "text/plain; charset=utf-8")
            #expect(!response.body.isEmpty)
            #expect(try client.receiveToEnd().isEmpty)
            #expect(server.events.records.isEmpty)
        }
    }

    @Test("a head that comes too slowly is answered 408")
    func slowHead() async throws {
        try await TestServer.run(configure: { $0.timeouts.head = .milliseconds(40) }) { server async throws in
            let client = try server.connect()
            try client.send("GET / HTTP/1.1\r\nHo")
            #expect(try client.receiveResponse().status == 408)
            #expect(try client.receiveToEnd().isEmpty)
        }
    }

    @Test("a head that comes byte by byte, each in time, has one limit for all of them", arguments: [true, false])
    func drippingHead(isSecond: Bool) async throws {
        try await TestServer.run(configure: { $0.timeouts.head = .milliseconds(60) }) { server async throws in
            let client = try server.connect()
            if isSecond { _ = try client.sendAndReceive("GET / HTTP/1.1\r\nHost: a\r\n\r\n") }
            try client.send("GET / HTTP/1.1\r\nA: ")
            let dripping = Task.detached {
                while !Task.isCancelled, client.sendSome([0x61]) == 1 { try await Task.sleep(for: .milliseconds(5)) }
            }
            defer { dripping.cancel() }
            #expect(try client.receiveResponse().status == 408)
        }
    }

    @Test("a second head that comes too slowly is answered 408 within its own limit")
    func slowSecondHead() async throws {
        try await TestServer.run(configure: { $0.timeouts.head = .milliseconds(40) }) { server async throws in
            let client = try server.connect()
            #expect(client.isUsable)
            _ = try client.receiveText(until: "GET / ")
            try client.send("G")
            #expect(try client.receiveResponse().status == 408)
        }
    }

    @Test(
        "a connection that says nothing is closed without a word, before and after a request",
        arguments: [true, false]
    )
    func idle(afterRequest: Bool) async throws {
        try await TestServer.run(configure: {
            $0.timeouts.head = .milliseconds(40)
            $0.timeouts.idle = .milliseconds(60)
        }) { server async throws in
            let client = try server.connect()
            if afterRequest { _ = try client.sendAndReceive("GET / HTTP/1.1\r\nHost: a\r\n\r\n") }
            #expect(try client.receiveToEnd().isEmpty)
        }
    }

    @Test(
        "content that comes too slowly is told to the handler, drops now and then included",
        arguments: [true, false]
    )
    func slowContent(drips: Bool) async throws {
        try await TestServer.run(configure: { $0.timeouts.bodyProgress = .milliseconds(60) }) { server async throws in
            let client = try server.connect()
            try client.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\nabc")
            let dripping = Task.detached {
                while drips, !Task.isCancelled, client.sendSome([0x61]) == 1 {
                    try await Task.sleep(for: .milliseconds(5))
                }
            }
            defer { dripping.cancel() }
            let response = try client.receiveResponse()
            #expect(response.status == 408)
            #expect(response.fields["connection"] == "close")
        }
    }

    @Test("a reader that doesn't read is cut off")
    func slowReader() async throws {
        try await TestServer.run(
            configure: { $0.timeouts.writeProgress = .milliseconds(60) },
            handler: { _ in HTTPServerResponse(status: .ok, body: .bytes([UInt8](repeating: 0, count: 30_000_000))) }
        ) { server async throws in
            let client = try server.connect(receiveBuffer: 4096)
            try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            while server.events.records.isEmpty { await Task.yield() }
            #expect(server.events.records.first?.isIncomplete == true)
            while server.server.connectionCount > 0 { await Task.yield() }
        }
    }

    @Test("a reader of a few bytes now and then is cut off too")
    func sippingReader() async throws {
        try await TestServer.run(
            configure: { $0.timeouts.writeProgress = .milliseconds(60) },
            handler: { _ in HTTPServerResponse(status: .ok, body: .bytes([UInt8](repeating: 0, count: 30_000_000))) }
        ) { server async throws in
            let client = try server.connect(receiveBuffer: 4096)
            try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            let sipping = Task.detached {
                while !Task.isCancelled, try !client.receive(8).isEmpty { try await Task.sleep(for: .milliseconds(10)) }
            }
            defer { sipping.cancel() }
            while server.events.records.isEmpty { await Task.yield() }
            #expect(server.events.records.first?.isIncomplete == true)
        }
    }

    @Test(
        "a reader that pauses now and then and reads all else at once isn't cut off, however small the pieces of its stream"
    )
    func pausingReader() async throws {
        let rounds = 4
        // More than the system's buffers take, so that each pause of the reader is one of the writer's.
        let piecesARound = 600
        try await TestServer.run(
            TestSocket.path(),
            configure: { $0.timeouts.writeProgress = .milliseconds(400) },
            handler: { _ in
                HTTPServerResponse(
                    status: .ok,
                    body: .stream(length: nil) { writer in
                        for _ in 0..<rounds * piecesARound { try await writer.write([0x61, 0x0a]) }
                    }
                )
            }
        ) { server async throws in
            let client = try server.connect()
            try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            _ = try client.receiveHead()
            for _ in 0..<rounds {
                try await Task.sleep(for: .milliseconds(150))
                for _ in 0..<piecesARound { #expect(try client.receiveChunk() == [0x61, 0x0a]) }
            }
            #expect(try client.receiveChunk().isEmpty)
        }
    }
}

extension RawClient {
    func sendAndReceive(_ request: String) throws -> Response {
        try send(request)
        return try receiveResponse()
    }
}

// Tests hand it to one other task, which only sends while they only receive.
extension RawClient: @unchecked Sendable {}
