import HTTPTypes
import Synchronization
import Testing

@testable import FloydHTTP

/// A server that runs for the time of a test.
struct TestServer: Sendable {
    let server: HTTPServer
    let address: ListenAddress
    let events: EventLog

    func connect(receiveBuffer: Int32? = nil) throws -> RawClient {
        try RawClient(address, receiveBuffer: receiveBuffer)
    }

    /// Sends one request on a connection of its own and reads the answer.
    func ask(_ request: String) throws -> RawClient.Response {
        let client = try connect()
        try client.send(request)
        return try client.receiveResponse(toHead: request.hasPrefix("HEAD"))
    }

    static func run(
        _ address: String = "127.0.0.1:0",
        configure: (inout HTTPServerConfiguration) -> Void = { _ in },
        accept: @escaping Acceptor.Call = Acceptor.systemCall,
        refusal: (@Sendable (HTTPServerRequest) -> HTTPServerResponse)? = nil,
        drain: HTTPDrain = HTTPDrain(),
        immediate: @escaping @Sendable (HTTPServerRequest) -> HTTPServerResponse? = { _ in nil },
        handler: @escaping @Sendable (HTTPServerRequest) async -> HTTPServerResponse = { await TestServer.echo($0) },
        _ test: @Sendable (TestServer) async throws -> Void
    ) async throws {
        var configuration = HTTPServerConfiguration(address: try ListenAddress(parsing: address))
        configure(&configuration)
        let events = EventLog()
        let server = HTTPServer(
            configuration: configuration,
            accept: accept,
            observer: { events.append($0) },
            refusal: refusal,
            drain: drain,
            immediate: immediate,
            handler: handler
        )
        let bound = try server.bind()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.run() }
            do {
                let running = TestServer(server: server, address: bound, events: events)
                try await withTaskExecutorPreference(BlockingExecutor()) { try await test(running) }
            } catch {
                server.stop()
                throw error
            }
            server.stop()
            try await group.waitForAll()
        }
        #expect(server.connectionCount == 0)
    }

    /// Answers with method, target and content of the request.
    static func echo(_ request: HTTPServerRequest) async -> HTTPServerResponse {
        do {
            let content = try await request.body.collect(limit: 8 * 1024 * 1024)
            let head = "\(request.head.method.rawValue) \(request.head.path ?? "") "
            return HTTPServerResponse(status: .ok, body: .bytes(Array(head.utf8) + content))
        } catch {
            return HTTPServerResponse(status: .init(code: error.status), body: .bytes(Array(error.reason.utf8)))
        }
    }
}

/// What a server told its observer.
final class EventLog: Sendable {
    private let events = Mutex<[HTTPServerEvent]>([])

    func append(_ event: HTTPServerEvent) {
        events.withLock { $0.append(event) }
    }

    var all: [HTTPServerEvent] { events.withLock { $0 } }

    var records: [HTTPRequestRecord] {
        all.compactMap { if case .requestFinished(let record) = $0 { record } else { nil } }
    }
}

/// Something that happens once, and is waited for.
final class Gate: Sendable {
    private let state = Mutex((isOpen: false, waiters: [CheckedContinuation<Void, Never>]()))

    func open() {
        let waiters = state.withLock { state in
            state.isOpen = true
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    var isOpen: Bool { state.withLock { $0.isOpen } }

    func wait() async {
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state in
                if !state.isOpen { state.waiters.append(continuation) }
                return state.isOpen
            }
            if isOpen { continuation.resume() }
        }
    }
}
