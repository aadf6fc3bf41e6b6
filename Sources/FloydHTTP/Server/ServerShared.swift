import Glibc
import HTTPTypes
import Synchronization

/// What a server's loops have in common.
final class ServerShared: Sendable {
    /// What answers requests: at once, or nil, and then in a task.
    struct Handler: Sendable {
        var immediate: @Sendable (HTTPServerRequest) -> HTTPServerResponse? = { _ in nil }
        var answer: @Sendable (HTTPServerRequest) async -> HTTPServerResponse
        /// What is answered to requests that come after the stop.
        var refusal: @Sendable (HTTPServerRequest) -> HTTPServerResponse = Self.comeAgain

        static let comeAgain: @Sendable (HTTPServerRequest) -> HTTPServerResponse = { _ in
            HTTPServerResponse(
                status: .serviceUnavailable,
                headerFields: [.retryAfter: "1", .contentType: "text/plain; charset=utf-8"],
                body: .bytes(Array("the server is stopping\n".utf8))
            )
        }
    }

    typealias Observer = @Sendable (HTTPServerEvent) -> Void

    let configuration: HTTPServerConfiguration
    let times: ConnectionTimes
    let handler: Handler
    let observer: Observer?
    let accept: Acceptor.Call
    let drain: HTTPDrain
    private let mostConnections: Int
    private let connections = Atomic<Int>(0)
    private let stopping = Atomic<Bool>(false)
    private let state = Mutex(State())

    private struct State {
        var loops: [EventLoop] = []
        var running = 0
        var waiter: CheckedContinuation<Void, Never>?
    }

    /// How long cancelled handlers have before `run()` returns without them, in milliseconds.
    static let timeAfterCancellation: UInt64 = 1000

    init(
        configuration: HTTPServerConfiguration,
        handler: Handler,
        observer: Observer?,
        drain: HTTPDrain,
        accept: @escaping Acceptor.Call = Acceptor.systemCall
    ) {
        self.accept = accept
        self.drain = drain
        self.configuration = configuration
        var descriptors = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &descriptors)
        mostConnections = configuration.connections(withDescriptors: UInt64(descriptors.rlim_cur))
        times = ConnectionTimes(configuration.timeouts)
        self.handler = handler
        self.observer = observer
    }

    // MARK: Loops

    var loops: [EventLoop] { state.withLock { $0.loops } }

    func setLoops(_ loops: [EventLoop]) {
        state.withLock {
            $0.loops = loops
            $0.running = loops.count
        }
        drain.enter(loops)
    }

    /// Suspends until every loop has ended.
    func allLoopsEnded() async {
        await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                if state.running > 0 { state.waiter = continuation }
                return state.running == 0
            }
            if isOver { continuation.resume() }
        }
    }

    func loopEnded() {
        let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
            state.running -= 1
            guard state.running == 0 else { return nil }
            // Loops and shared state hold each other; here that ends.
            state.loops = []
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume()
    }

    // MARK: Stopping

    var isStopping: Bool { stopping.load(ordering: .acquiring) }

    func stop() {
        stopping.store(true, ordering: .releasing)
        for loop in loops { loop.inbox.post(.stop) }
    }

    // MARK: Counting

    /// Counts a new connection in; false when there is no room for it.
    func connectionOpened() -> Bool {
        let count = connections.wrappingAdd(1, ordering: .relaxed).newValue
        guard count <= mostConnections else {
            connections.wrappingSubtract(1, ordering: .relaxed)
            return false
        }
        return true
    }

    func connectionClosed() {
        connections.wrappingSubtract(1, ordering: .relaxed)
    }

    var connectionCount: Int { connections.load(ordering: .relaxed) }

    func observe(_ event: @autoclosure () -> HTTPServerEvent) {
        if let observer { observer(event()) }
    }
}
