import Glibc
import HTTPTypes
import Synchronization
import Testing

@testable import FloydHTTP

@Suite("Streamed answers and clients that leave")
struct StreamTests {
    private static let get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

    private static func stream(
        length: Int64? = nil,
        _ produce: @escaping @Sendable (HTTPBodyWriter) async throws -> Void
    ) -> @Sendable (HTTPServerRequest) async -> HTTPServerResponse {
        { _ in HTTPServerResponse(status: .ok, body: .stream(length: length, produce)) }
    }

    @Test("a stream of no known length goes in chunks, or to the end in HTTP/1.0")
    func chunks() async throws {
        try await TestServer.run(
            handler: Self.stream { writer in
                try await writer.write(Array("hello ".utf8))
                try await writer.write([])
                try await writer.write([UInt8](repeating: 0x78, count: 100_000))
            }
        ) { server async throws in
            let client = try server.connect()
            let expected = Array("hello ".utf8) + [UInt8](repeating: 0x78, count: 100_000)
            #expect(try client.sendAndReceive(Self.get).body == expected)
            #expect(try client.sendAndReceive(Self.get).body == expected)
            let old = try server.ask("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            #expect(old.body == expected)
            #expect(old.fields["connection"] == "close")
        }
    }

    @Test("a stream of a known length has to keep to it")
    func knownLength() async throws {
        try await TestServer.run(handler: { request in
            let count = request.path == "/short" ? 4 : 5
            return HTTPServerResponse(
                status: .ok,
                body: .stream(length: 5) { writer in
                    try await writer.write([UInt8](repeating: 0x78, count: count))
                    if request.path == "/long" { try await writer.write([0x78]) }
                }
            )
        }) { server async throws in
            #expect(try server.ask(Self.get).text == "xxxxx")
            #expect(throws: RawClient.Failure.self) { try server.ask("GET /short HTTP/1.1\r\nHost: a\r\n\r\n") }
            let client = try server.connect()
            try client.send("GET /long HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(throws: RawClient.Failure.self) { try client.receiveToEnd() }
        }
    }

    @Test("a stream that throws cuts the connection before its end")
    func throwing() async throws {
        struct Broken: Error {}
        try await TestServer.run(
            handler: Self.stream { writer in
                try await writer.write(Array("a".utf8))
                throw Broken()
            }
        ) { server async throws in
            #expect(throws: RawClient.Failure.self) { try server.ask(Self.get) }
            #expect(throws: RawClient.Failure.self) { try server.ask("GET / HTTP/1.0\r\n\r\n") }
        }
    }

    /// A file of these bytes, opened, without a name.
    private static func file(_ bytes: [UInt8]) -> Int32 {
        var template = Array("/tmp/floyd-http-XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        unlink(template)
        _ = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        return descriptor
    }

    @Test("parts of files go into a stream between other bytes, in either framing", arguments: [true, false])
    func files(hasLength: Bool) async throws {
        let large = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        let whole = Array("ab".utf8) + large[1_000..<2_500_000] + [0x63] + Array("345".utf8)
        let body = HTTPResponseBody.stream(length: hasLength ? Int64(whole.count) : nil) { writer in
            try await writer.write(Array("ab".utf8))
            let region = FileRegion(descriptor: Self.file(large), offset: 1_000, length: 2_499_000)
            // Also from elsewhere than the loop.
            try await Task.detached { try await writer.write(region) }.value
            try await writer.write([0x63])
            try await writer.write(FileRegion(descriptor: Self.file(Array("0123456789".utf8)), offset: 3, length: 3))
            try await writer.write(FileRegion(descriptor: Self.file([]), length: 0))
        }
        try await TestServer.run(handler: { _ in HTTPServerResponse(status: .ok, body: body) }) { server async throws in
            let answer = try server.ask(Self.get)
            #expect(answer.body.elementsEqual(whole))
        }
    }

    @Test("a file that is shorter than its part cuts the connection, and more than the length is not sent")
    func shortFiles() async throws {
        for length in [nil, 8] as [Int64?] {
            let body = HTTPResponseBody.stream(length: length) { writer in
                try await writer.write(FileRegion(descriptor: Self.file([1, 2, 3]), length: 8))
            }
            try await TestServer.run(handler: { _ in HTTPServerResponse(status: .ok, body: body) }) {
                server async throws in
                #expect(throws: RawClient.Failure.self) { try server.ask(Self.get) }
            }
        }
        let body = HTTPResponseBody.stream(length: 2) { writer in
            try await writer.write(FileRegion(descriptor: Self.file([1, 2, 3]), length: 3))
        }
        try await TestServer.run(handler: { _ in HTTPServerResponse(status: .ok, body: body) }) { server async throws in
            #expect(throws: RawClient.Failure.self) { try server.ask(Self.get) }
        }
    }

    @Test("a client that doesn't read holds up the writer")
    func backpressure() async throws {
        let written = Atomic<Int>(0)
        let piece = [UInt8](repeating: 0, count: 65_536)
        try await TestServer.run(
            handler: Self.stream { writer in
                for _ in 0..<1000 {
                    try await writer.write(piece)
                    written.wrappingAdd(1, ordering: .relaxed)
                }
            }
        ) { server async throws in
            let client = try server.connect(receiveBuffer: 16_384)
            try client.send(Self.get)
            _ = try client.receiveHead()
            // Others are served as ever while the writer waits.
            for _ in 0..<20 { _ = try server.connect() }
            while true {
                let before = written.load(ordering: .relaxed)
                try await Task.sleep(for: .milliseconds(20))
                if before > 0, before == written.load(ordering: .relaxed) { break }
            }
            // 65.5 MB are to be sent; the system's buffers hold a few.
            #expect(written.load(ordering: .relaxed) < 500)
            var total = 0
            while case let chunk = try client.receiveChunk(), !chunk.isEmpty { total += chunk.count }
            #expect(total == 65_536_000)
        }
    }

    @Test("a signal wakes a stream, once for many, and one raised before the wait counts")
    func signal() async throws {
        let signal = HTTPSignal()
        try await TestServer.run(
            handler: Self.stream { writer in
                while try await writer.wait(for: signal, timeout: .seconds(5)) { try await writer.write([0x2e]) }
            }
        ) { server async throws in
            signal.signal()
            signal.signal()
            let client = try server.connect()
            try client.send(Self.get)
            _ = try client.receiveHead()
            #expect(try client.receiveChunk() == [0x2e])
            for _ in 0..<100 {
                signal.signal()
                #expect(try client.receiveChunk() == [0x2e])
            }
        }
    }

    @Test("a wait ends at its time with false, and sleeping works off the loop")
    func timeout() async throws {
        try await TestServer.run(
            handler: Self.stream { writer in
                let signal = HTTPSignal()
                let start = ContinuousClock.now
                guard try await !writer.wait(for: signal, timeout: .milliseconds(30)) else { return }
                try await Task.detached { try await writer.sleep(for: .milliseconds(30)) }.value
                if ContinuousClock.now - start >= .milliseconds(60) { try await writer.write([0x2e]) }
            }
        ) { server async throws in
            #expect(try server.ask(Self.get).text == ".")
        }
    }

    @Test("a handler is cancelled within 100 ms of its client leaving", arguments: [true, false])
    func clientLeaves(byReset: Bool) async throws {
        let began = Gate()
        let ended = Mutex<ContinuousClock.Instant?>(nil)
        let over = Gate()
        try await TestServer.run(handler: { _ in
            began.open()
            try? await Task.sleep(for: .seconds(20))
            ended.withLock { $0 = .now }
            over.open()
            return HTTPServerResponse(status: .ok)
        }) { server async throws in
            let client = try server.connect()
            try client.send(Self.get)
            await began.wait()
            let left = ContinuousClock.now
            if byReset { client.reset() } else { client.close() }
            await over.wait()
            let instant = try #require(ended.withLock { $0 })
            #expect(instant - left < .milliseconds(100))
        }
    }

    @Test("a stream that sleeps hears within 100 ms that its client left", arguments: ["127.0.0.1:0", "unix"])
    func followerLeaves(address: String) async throws {
        let over = Gate()
        let failure = Mutex<(any Error)?>(nil)
        let signal = HTTPSignal()
        let listen = address == "unix" ? TestSocket.path() : address
        try await TestServer.run(
            listen,
            handler: Self.stream { writer in
                do {
                    _ = try await writer.wait(for: signal, timeout: .seconds(20))
                } catch {
                    failure.withLock { $0 = error }
                }
                over.open()
            }
        ) { server async throws in
            let client = try server.connect()
            try client.send(Self.get)
            _ = try client.receiveHead()
            let left = ContinuousClock.now
            client.close()
            await over.wait()
            #expect(ContinuousClock.now - left < .milliseconds(100))
            #expect(failure.withLock { $0 } as? HTTPBodyError == .clientLeft)
        }
    }

    @Test("a client that ends its sending gets the answers to what it sent completely")
    func halfClose() async throws {
        try await TestServer.run { server async throws in
            let client = try server.connect()
            try client.send(
                "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nPOST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nxGET /3 HT"
            )
            client.endSending()
            #expect(try client.receiveResponse().text == "GET /1 ")
            #expect(try client.receiveResponse().text == "POST /2 x")
            #expect(try client.receiveToEnd().isEmpty)
        }
    }

    @Test("a client that ended its sending still gets a large answer")
    func halfCloseLarge() async throws {
        try await TestServer.run(handler: { _ in
            HTTPServerResponse(status: .ok, body: .file(TestFile.region(bytes: 8_000_000)))
        }) { server async throws in
            let client = try server.connect(receiveBuffer: 16_384)
            try client.send(Self.get)
            client.endSending()
            try await Task.sleep(for: .milliseconds(80))
            #expect(try client.receiveResponse().body.count == 8_000_000)
        }
    }
}
