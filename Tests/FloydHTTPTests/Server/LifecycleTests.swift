import Glibc
import HTTPTypes
import Synchronization
import Testing

@testable import FloydHTTP

enum TestSocket {
    /// The address of a socket in a folder that exists.
    static func path() -> String {
        "unix:/tmp/floyd-http-\(getpid())-\(UInt32.random(in: 0 ... .max)).sock"
    }
}

@Suite("Listening, stopping, running out")
struct LifecycleTests {
    private static let get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

    @Test("a Unix socket tells the peer's uid, and everybody may connect")
    func unixSocket() async throws {
        let address = TestSocket.path()
        try await TestServer.run(
            address,
            handler: { request in
                HTTPServerResponse(status: .ok, body: .bytes(Array("\(request.peer)".utf8)))
            }
        ) { server async throws in
            #expect(try server.ask(Self.get).text == "unix(uid \(getuid()), gid \(getgid()), pid \(getpid()))")
            var status = stat()
            #expect(stat(String(address.dropFirst(5)), &status) == 0)
            #expect(status.st_mode & 0o777 == 0o666)
        }
        #expect(access(String(address.dropFirst(5)), F_OK) != 0)
    }

    @Test("a stale Unix socket is replaced, a live one and a file are not")
    func staleSocket() async throws {
        let address = TestSocket.path()
        let path = String(address.dropFirst(5))
        defer { unlink(path) }
        let stale = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        #expect(SocketAddress(path: path).withPointer { bind(stale, $0, $1) } == 0)
        Glibc.close(stale)
        try await TestServer.run(address) { server async throws in
            #expect(try server.connect().isUsable)
            let second = HTTPServer(configuration: HTTPServerConfiguration(address: server.address)) {
                await TestServer.echo($0)
            }
            let error = #expect(throws: HTTPServerError.self) { try second.bind() }
            #expect(error?.reason == .addressInUse)
            #expect(try server.connect().isUsable)
        }
        Glibc.close(open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0o600))
        let third = HTTPServer(configuration: HTTPServerConfiguration(address: .unix(path: path))) {
            await TestServer.echo($0)
        }
        #expect(throws: HTTPServerError.self) { try third.bind() }
        #expect(access(path, F_OK) == 0)
    }

    @Test("a port in use is an early error that names it")
    func portInUse() async throws {
        try await TestServer.run { server async throws in
            let second = HTTPServer(configuration: HTTPServerConfiguration(address: server.address)) {
                await TestServer.echo($0)
            }
            let error = #expect(throws: HTTPServerError.self) { try second.bind() }
            #expect(error?.reason == .addressInUse)
            #expect(error?.message.contains("\(server.address)") == true)
        }
    }

    @Test("IPv6 is served, and IPv4 by the socket of both")
    func ipv6() async throws {
        let peer: @Sendable (HTTPServerRequest) async -> HTTPServerResponse = { request in
            guard case .tcp(let ip, _) = request.peer else { return HTTPServerResponse(status: .internalServerError) }
            return HTTPServerResponse(status: .ok, body: .bytes(Array(ip.utf8)))
        }
        try await TestServer.run("[::1]:0", handler: peer) { server async throws in
            #expect(try server.ask(Self.get).text == "::1")
        }
        try await TestServer.run("[::]:0", handler: peer) { server async throws in
            guard case .tcp(_, let port) = server.address else { return }
            let client = try RawClient(.tcp(host: "127.0.0.1", port: port))
            #expect(try client.sendAndReceive(Self.get).text == "127.0.0.1")
        }
    }

    @Test(
        "addresses are read and written",
        arguments: [
            ("127.0.0.1:8080", .tcp(host: "127.0.0.1", port: 8080), true),
            ("[::1]:0", .tcp(host: "::1", port: 0), true),
            ("localhost:65535", .tcp(host: "localhost", port: 65535), true),
            ("0.0.0.0:1", .tcp(host: "0.0.0.0", port: 1), false),
            ("[::]:1", .tcp(host: "::", port: 1), false), ("unix:/run/a.sock", .unix(path: "/run/a.sock"), true),
            ("127.x.org:1", .tcp(host: "127.x.org", port: 1), false),
        ] as [(String, ListenAddress, Bool)]
    )
    func addresses(text: String, address: ListenAddress, isLoopback: Bool) throws {
        #expect(try ListenAddress(parsing: text) == address)
        #expect(address.description == text)
        #expect(address.isLoopback == isLoopback)
    }

    @Test(
        "what is no address is refused",
        arguments: [
            "", ":80", "a", "a:", "a:65536", "a:-1", "a:+1", "::1:80", "[::1]", "[a]:1", "unix:", "unix:a", "a b:1",
        ]
    )
    func noAddress(text: String) {
        #expect(throws: HTTPServerError.self) { try ListenAddress(parsing: text) }
    }

    @Test("a stop finishes requests and tells streams, and closes idle connections and the socket last")
    func gracefulStop() async throws {
        let release = Gate()
        let began = Gate()
        try await TestServer.run(handler: { request in
            if request.path == "/stream" {
                return HTTPServerResponse(
                    status: .ok,
                    body: .stream(length: nil) { writer in
                        let signalled = try await writer.wait(for: HTTPSignal(), timeout: .seconds(20))
                        try await writer.write(Array("\(signalled) \(writer.isStopping)".utf8))
                        // Who waits on is ended, and must not turn round and round.
                        await #expect(throws: HTTPBodyError.stopping) { try await writer.sleep(for: .seconds(1)) }
                    }
                )
            }
            if request.path == "/slow" {
                began.open()
                await release.wait()
            }
            return HTTPServerResponse(status: .ok, body: .bytes(Array("done".utf8)))
        }) { server async throws in
            let idle = try server.connect()
            _ = try idle.sendAndReceive(Self.get)
            let stream = try server.connect()
            try stream.send("GET /stream HTTP/1.1\r\nHost: a\r\n\r\n")
            _ = try stream.receiveHead()
            let slow = try server.connect()
            try slow.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
            await began.wait()

            server.server.stop()
            #expect(String(decoding: try stream.receiveChunk(), as: UTF8.self) == "false true")
            #expect(try stream.receiveChunk().isEmpty)
            release.open()
            let response = try slow.receiveResponse()
            #expect(response.text == "done")
            #expect(response.fields["connection"] == "close")
            #expect(try slow.receiveToEnd().isEmpty)
            slow.close()
            #expect(try idle.receiveToEnd().isEmpty)
            #expect(throws: RawClient.Failure.self) { _ = try server.connect() }
        }
    }

    @Test("after the grace period requests are cancelled, and a handler that ignores that doesn't hold the server")
    func grace() async throws {
        let began = Gate()
        let cancelled = Gate()
        try await TestServer.run(
            configure: { $0.timeouts.shutdownGrace = .milliseconds(50) },
            handler: { _ in
                began.open()
                try? await Task.sleep(for: .seconds(20))
                if Task.isCancelled { cancelled.open() }
                return HTTPServerResponse(status: .ok)
            }
        ) { server async throws in
            let client = try server.connect()
            try client.send(Self.get)
            await began.wait()
            server.server.stop()
            await cancelled.wait()
            #expect(throws: RawClient.Failure.self) { try client.receiveResponse() }
        }
    }

    @Test("cancelling the task of run() stops the server; a server runs once")
    func cancelRun() async throws {
        let server = HTTPServer(configuration: HTTPServerConfiguration(address: .tcp(host: "127.0.0.1", port: 0))) {
            await TestServer.echo($0)
        }
        let address = try server.bind()
        let task = Task { try await server.run() }
        try await withTaskExecutorPreference(BlockingExecutor()) { () async throws in
            #expect(try RawClient(address).isUsable)
        }
        task.cancel()
        try await task.value
        #expect(throws: RawClient.Failure.self) { try RawClient(address) }
        await #expect(throws: HTTPServerError.self) { try await server.run() }
    }

    @Test("connections leave descriptors to the rest of the process")
    func descriptorLimit() {
        var configuration = HTTPServerConfiguration(address: .tcp(host: "127.0.0.1", port: 0))
        #expect(configuration.connections(withDescriptors: 4096) == 3584)
        #expect(configuration.connections(withDescriptors: 64) == 56)
        #expect(configuration.connections(withDescriptors: .max) == 10_000)
        configuration.maximumConnections = 100
        #expect(configuration.connections(withDescriptors: 4096) == 100)
    }

    @Test("where there is no room, who has long been without a request makes some, and nobody else", arguments: [1, 2])
    func room(loops: Int) async throws {
        let began = Gate()
        let release = Gate()
        try await TestServer.run(
            configure: {
                $0.loops = loops
                $0.maximumConnections = 4
                $0.timeouts.patienceWhenFull = .milliseconds(60)
            },
            handler: { request in
                if request.path == "/held" {
                    began.open()
                    await release.wait()
                }
                return await TestServer.echo(request)
            }
        ) { server async throws in
            let held = try server.connect()
            try held.send("GET /held HTTP/1.1\r\nHost: a\r\n\r\n")
            await began.wait()
            let idle = try server.connect()
            #expect(idle.isUsable)
            let slow = try (0..<2).map { _ in try server.connect() }
            for client in slow { try client.send("GET / HT") }
            while server.server.connectionCount < 4 { await Task.yield() }
            try await Task.sleep(for: .milliseconds(100))
            // With several loops, the first to find no room is refused while the others are told.
            var isServed = false
            for _ in 0..<20 where !isServed {
                isServed = (try? server.ask(Self.get).status) == 200
                if !isServed { try await Task.sleep(for: .milliseconds(30)) }
            }
            #expect(isServed)
            release.open()
            #expect(try held.receiveResponse().text == "GET /held ")
            #expect(slow.contains { (try? $0.receiveToEnd().isEmpty) == true })
        }
    }

    @Test("one connection more than the most is answered 503, and room that is made is used")
    func connectionCap() async throws {
        try await TestServer.run(configure: {
            $0.maximumConnections = 2
            $0.timeouts.patienceWhenFull = .seconds(60)
        }) { server async throws in
            let first = try server.connect()
            let second = try server.connect()
            _ = try first.sendAndReceive(Self.get)
            _ = try second.sendAndReceive(Self.get)
            let third = try server.connect()
            #expect(try third.receiveResponse().status == 503)
            #expect(try third.receiveToEnd().isEmpty)
            first.close()
            while server.server.connectionCount > 1 { await Task.yield() }
            #expect(try server.connect().isUsable)
            #expect(server.events.all.contains { if case .connectionRefused = $0 { true } else { false } })
        }
    }

    @Test(
        "a failing accept is survived",
        arguments: [EMFILE, ENFILE, ENOMEM, ENOBUFS, ECONNABORTED, EINTR, EPERM, EINVAL]
    )
    func failingAccept(code: Int32) async throws {
        // An even number: a call that follows EMFILE is the reserve's, and what it gets is closed.
        let failures = Atomic<Int>(4)
        let failing: Acceptor.Call = { listener, address in
            guard failures.wrappingSubtract(1, ordering: .relaxed).oldValue > 0 else {
                return Acceptor.systemCall(listener, &address)
            }
            errno = code
            return -1
        }
        try await TestServer.run(accept: failing) { server async throws in
            #expect(try server.connect().isUsable)
            #expect(server.events.all.contains { if case .acceptFailed(code) = $0 { true } else { code == EINTR } })
        }
    }

    @Test("out of descriptors, waiting clients are closed at once instead of left hanging")
    func reserveDescriptor() async throws {
        let calls = Atomic<Int>(0)
        // Fails as the system does while the reserve is held: every second call, made after letting go of it, succeeds.
        let failing: Acceptor.Call = { listener, address in
            guard calls.wrappingAdd(1, ordering: .relaxed).oldValue % 2 == 0 else {
                return Acceptor.systemCall(listener, &address)
            }
            errno = EMFILE
            return -1
        }
        try await TestServer.run(accept: failing) { server async throws in
            for _ in 0..<10 {
                let client = try server.connect()
                #expect((try? client.receiveToEnd()) ?? [] == [])
            }
            #expect(server.server.connectionCount == 0)
        }
    }
}
