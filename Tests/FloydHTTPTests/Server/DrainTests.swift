import Glibc
import HTTPTypes
import Synchronization
import Testing

@testable import FloydHTTP

/// What a server that is told to stop does with those who come while others are still under way.
@Suite("Draining")
struct DrainTests {
    private static let get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
    private static let held = "GET /held HTTP/1.1\r\nHost: a\r\n\r\n"

    /// Answers `/held` only when it is released, and echoes everything else.
    private struct Hold: Sendable {
        let began = Gate()
        let release = Gate()

        func answer(_ request: HTTPServerRequest) async -> HTTPServerResponse {
            if request.path == "/held" {
                began.open()
                await release.wait()
            }
            return await TestServer.echo(request)
        }

        /// A client whose request is under way.
        func client(of server: TestServer) async throws -> RawClient {
            let client = try server.connect()
            try client.send(DrainTests.held)
            await began.wait()
            return client
        }

        /// Has the request answered, and sees to it that it was.
        func finish(_ client: RawClient) throws {
            release.open()
            let response = try client.receiveResponse()
            #expect(response.text == "GET /held ")
            #expect(response.fields["connection"] == "close")
            client.close()
        }
    }

    /// Nothing that a late connection waits for ends before the test would be too slow.
    private static func patient(_ configuration: inout HTTPServerConfiguration) {
        configuration.timeouts.head = .seconds(60)
        configuration.timeouts.linger = .seconds(60)
        configuration.timeouts.shutdownGrace = .seconds(60)
        configuration.timeouts.patienceWhenFull = .seconds(60)
    }

    /// Stops a server that has something under way. What comes in the moment of the stop may be served still.
    private static func stop(_ server: TestServer) throws {
        server.server.stop()
        while try server.ask(get).status != 503 {}
    }

    /// Fails if `server` doesn't end soon: what it must not wait for takes a minute.
    private static func expectEnd(of server: TestServer, in limit: Duration = .seconds(10)) async {
        let start = ContinuousClock.now
        while server.server.connectionCount > 0, start.duration(to: .now) < limit { await Task.yield() }
        #expect(start.duration(to: .now) < limit)
    }

    @Test(
        "new requests are refused on connections of every kind while one is under way, and that one is answered",
        arguments: [("127.0.0.1:0", 1), ("127.0.0.1:0", 3), ("unix", 1), ("unix", 3)]
    )
    func refusal(address: String, loops: Int) async throws {
        let hold = Hold()
        try await TestServer.run(
            address == "unix" ? TestSocket.path() : address,
            configure: {
                Self.patient(&$0)
                $0.loops = loops
            },
            refusal: { request in
                HTTPServerResponse(
                    status: .serviceUnavailable,
                    headerFields: [.retryAfter: "7"],
                    body: .bytes(Array("not \(request.target)".utf8))
                )
            },
            handler: hold.answer
        ) { server async throws in
            let under = try await hold.client(of: server)
            // So many that every loop has some.
            let kept = try (0..<4).map { _ in try server.connect() }
            for client in kept { #expect(try client.sendAndReceive(Self.get).status == 200) }
            let begun = try server.connect()
            try begun.send("GET /begun HTTP/1.1\r\n")
            while server.server.connectionCount < 6 { await Task.yield() }

            try Self.stop(server)
            let fresh = try (0..<4).map { _ in try server.connect() }
            for client in kept + fresh {
                let response = try client.sendAndReceive(Self.get)
                #expect(response.status == 503)
                #expect(response.fields["retry-after"] == "7")
                #expect(response.fields["connection"] == "close")
                #expect(response.text == "not /")
                #expect(try client.receiveToEnd().isEmpty)
            }
            try begun.send("Host: a\r\n\r\n")
            #expect(try begun.receiveResponse().text == "not /begun")
            let body = try server.connect()
            try body.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\nExpect: 100-continue\r\n\r\n")
            #expect(try body.receiveResponse().status == 503)

            try hold.finish(under)
            await Self.expectEnd(of: server)
            #expect(throws: RawClient.Failure.self) { try server.connect() }
            #expect(server.events.records.count { $0.status == 503 && $0.target == "/" } >= 9)
        }
    }

    @Test("the end comes with the last request under way, whatever late connections do")
    func end() async throws {
        let hold = Hold()
        try await TestServer.run(
            configure: {
                Self.patient(&$0)
                $0.timeouts.linger = .milliseconds(50)
            },
            handler: { request in
                guard request.path == "/stream" else { return await hold.answer(request) }
                return HTTPServerResponse(
                    status: .ok,
                    body: .stream(length: nil) { writer in try await writer.sleep(for: .seconds(60)) }
                )
            }
        ) { server async throws in
            let under = try await hold.client(of: server)
            // Their answers said that the connection stays, before there was a stop.
            let streams = try [
                "GET /stream HTTP/1.1\r\nHost: a\r\n\r\n",
                "POST /stream HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n",
            ]
            .map { request in
                let stream = try server.connect()
                try stream.send(request)
                #expect(try stream.receiveHead().fields["connection"] == nil)
                return stream
            }
            let idle = try server.connect()
            _ = try idle.sendAndReceive(Self.get)
            try Self.stop(server)
            let silent = try server.connect()
            let begun = try server.connect()
            try begun.send("GET / HTTP/1.1\r\n")
            let refused = try server.connect()
            #expect(try refused.sendAndReceive(Self.get).status == 503)
            for stream in streams { #expect(try stream.receiveChunk().isEmpty) }
            try hold.finish(under)
            await Self.expectEnd(of: server)
            for client in [idle, silent] + streams { #expect(try client.receiveToEnd().isEmpty) }
        }
    }

    @Test("late connections have no more room than others, and many of them don't hold up the end", arguments: [1, 3])
    func flood(loops: Int) async throws {
        let hold = Hold()
        try await TestServer.run(
            configure: {
                Self.patient(&$0)
                $0.loops = loops
                $0.maximumConnections = 20
            },
            handler: hold.answer
        ) { server async throws in
            let under = try await hold.client(of: server)
            try Self.stop(server)
            var late: [RawClient] = []
            for number in 0..<200 {
                let client = try server.connect()
                if number.isMultiple(of: 2) { try client.send("GET / HTTP/1.1\r\n") }
                late.append(client)
            }
            // Behind them in the queue: when it is answered, so were they.
            #expect(try server.connect().receiveResponse().status == 503)
            #expect(server.server.connectionCount == 20)
            try hold.finish(under)
            await Self.expectEnd(of: server)
            late.removeAll()
        }
    }

    @Test("servers that stop together answer until the last one of them is done")
    func together() async throws {
        let hold = Hold()
        let drain = HTTPDrain()
        try await TestServer.run(configure: Self.patient, drain: drain, handler: hold.answer) { busy async throws in
            try await TestServer.run(TestSocket.path(), configure: Self.patient, drain: drain) { free async throws in
                #expect(try free.connect().isUsable)
                let under = try await hold.client(of: busy)
                try Self.stop(busy)
                try Self.stop(free)
                let late = try free.connect()
                #expect(try free.ask(Self.get).status == 503)
                try hold.finish(under)
                #expect(try late.receiveToEnd().isEmpty)
                await Self.expectEnd(of: free)
                await Self.expectEnd(of: busy)
            }
        }
    }

    @Test(
        "who waits to be accepted when the socket is closed is answered, and so is who has just asked on a kept connection"
    )
    func queue() async throws {
        let hold = Hold()
        let drain = HTTPDrain()
        let isBlocked = Gate()
        let unblock = BlockingGate()
        let answer: @Sendable (HTTPServerRequest) -> HTTPServerResponse = { request in
            if request.path == "/block" {
                isBlocked.open()
                unblock.wait()
            }
            return HTTPServerResponse(status: .serviceUnavailable)
        }
        try await TestServer.run(configure: Self.patient, refusal: answer, drain: drain) { blocked async throws in
            #expect(try blocked.connect().isUsable)
            try await TestServer.run(configure: Self.patient, drain: drain, handler: hold.answer) {
                other async throws in
                let under = try await hold.client(of: other)
                let kept = try (0..<3).map { _ in try blocked.connect() }
                for client in kept {
                    try client.send(Self.get)
                    #expect(try client.receiveResponse().status == 200)
                }
                // It has told the other then that it is done itself.
                try Self.stop(blocked)
                try Self.stop(other)
                let blocking = try blocked.connect()
                try blocking.send("GET /block HTTP/1.1\r\nHost: a\r\n\r\n")
                await isBlocked.wait()
                // More than are accepted in one turn.
                let late = try (0..<150).map { _ in try blocked.connect() }
                for client in late { try client.send(Self.get) }
                try hold.finish(under)
                while (try? other.connect()) != nil { await Task.yield() }
                // By now it has been told to end, and will hear of that before it hears of these.
                for client in kept { try client.send(Self.get) }
                unblock.open()
                for client in kept + late { #expect(try client.receiveResponse().status == 503) }
            }
        }
    }
}

/// A gate that blocks the thread which waits at it.
private final class BlockingGate: Sendable {
    private let isOpen = Atomic<Bool>(false)

    func open() { isOpen.store(true, ordering: .releasing) }

    func wait() {
        while !isOpen.load(ordering: .acquiring) { sched_yield() }
    }
}
