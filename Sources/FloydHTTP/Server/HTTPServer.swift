import Glibc
import Synchronization

/// An HTTP/1.1 server (RFC 9110, RFC 9112) for one listening socket, TCP or Unix.
///
/// Handlers run on the event loop's thread, which is the preferred task executor of every request's task: plain `async`
/// functions stay on it, default actors too. A handler must not block there; blocking work belongs on an executor of its
/// own. That thread has all signals blocked that come from outside.
public final class HTTPServer: Sendable {
    private let shared: ServerShared
    private let phase = Mutex(Phase.new)

    private enum Phase {
        case new
        case bound(ListeningSocket)
        case running
        /// Stopped before anybody ran it.
        case stopped
        case ended
    }

    /// Makes a server that doesn't listen yet.
    ///
    /// `handler` answers every request that is one; it is cancelled within 100 ms when its client leaves, and its answer is
    /// still sent where the client only ended its sending. `observer` is told of every request and of what went wrong.
    ///
    /// - Parameters:
    ///   - immediate: is asked first, on the loop's thread, for the answer to what needs nothing but a moment's thought: to such a
    ///     request a task would be most of the work. nil: `handler` is to answer.
    ///   - refusal: says, on the loop's thread, what is answered to a request that comes after the stop; it is to be short. nil: 503 in a few words.
    ///   - drain: what the server shares with those that stop together with it.
    public init(
        configuration: HTTPServerConfiguration,
        immediate: @escaping @Sendable (HTTPServerRequest) -> HTTPServerResponse? = { _ in nil },
        handler: @escaping @Sendable (HTTPServerRequest) async -> HTTPServerResponse,
        refusal: (@Sendable (HTTPServerRequest) -> HTTPServerResponse)? = nil,
        observer: (@Sendable (HTTPServerEvent) -> Void)? = nil,
        drain: HTTPDrain = HTTPDrain()
    ) {
        var handler = ServerShared.Handler(immediate: immediate, answer: handler)
        if let refusal { handler.refusal = refusal }
        shared = ServerShared(configuration: configuration, handler: handler, observer: observer, drain: drain)
    }

    /// Makes a server that accepts connections by a call of the caller's own, which may fail as the system's does.
    init(
        configuration: HTTPServerConfiguration,
        accept: @escaping Acceptor.Call,
        observer: (@Sendable (HTTPServerEvent) -> Void)?,
        refusal: (@Sendable (HTTPServerRequest) -> HTTPServerResponse)? = nil,
        drain: HTTPDrain = HTTPDrain(),
        immediate: @escaping @Sendable (HTTPServerRequest) -> HTTPServerResponse? = { _ in nil },
        handler: @escaping @Sendable (HTTPServerRequest) async -> HTTPServerResponse
    ) {
        var handler = ServerShared.Handler(immediate: immediate, answer: handler)
        if let refusal { handler.refusal = refusal }
        shared = ServerShared(
            configuration: configuration,
            handler: handler,
            observer: observer,
            drain: drain,
            accept: accept
        )
    }

    /// Opens the socket and listens: from here on clients can connect, and wait until `run()` serves them. Returns where,
    /// with the port that the system chose. A stale Unix socket is replaced, a live one is an error.
    @discardableResult
    public func bind() throws(HTTPServerError) -> ListenAddress {
        let socket = try ListeningSocket(shared.configuration.address)
        let isFirst = phase.withLock { phase in
            guard case .new = phase else { return false }
            phase = .bound(socket)
            return true
        }
        guard isFirst else { throw HTTPServerError(.invalidState, "the server listens already, or has stopped") }
        return socket.address
    }

    /// Serves until the surrounding task is cancelled or `stop()` is called, then finishes: streams are told (`HTTPBodyWriter.isStopping`),
    /// requests finished, and cancelled after the grace period. Those that come meanwhile, on new connections too, are refused at once and waited for by
    /// nobody. The socket is closed last.
    public func run() async throws(HTTPServerError) {
        if phase.withLock({ if case .new = $0 { true } else { false } }) { try bind() }
        let taken = phase.withLock { phase -> ListeningSocket? in
            guard case .bound(let socket) = phase else { return nil }
            phase = .running
            return socket
        }
        guard let socket = taken else {
            if phase.withLock({ if case .stopped = $0 { true } else { false } }) { return }
            throw HTTPServerError(.invalidState, "the server runs already, or has stopped")
        }
        defer { phase.withLock { $0 = .ended } }
        var loops: [EventLoop] = []
        for _ in 0..<max(1, shared.configuration.loops) { loops.append(try EventLoop(shared: shared)) }
        shared.setLoops(loops)
        for (index, loop) in loops.enumerated() {
            LoopThread.start(name: "http-\(index)", loop: loop, socket: index == 0 ? socket : nil)
        }
        // A stop that came before there were loops to tell.
        if shared.isStopping { stop() }
        await withTaskCancellationHandler {
            await shared.allLoopsEnded()
        } onCancel: {
            stop()
        }
    }

    /// Begins a graceful stop; from any thread, more than once too. `run()` returns when it is done.
    public func stop() {
        shared.stop()
        // Nobody has run it: the socket goes now.
        phase.withLock { phase in
            switch phase {
            case .new, .bound: phase = .stopped
            case .running, .stopped, .ended: break
            }
        }
    }

    /// Connections that are open now.
    public var connectionCount: Int { shared.connectionCount }
}
