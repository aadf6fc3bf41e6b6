/// How long the server waits for a client.
public struct HTTPTimeouts: Sendable, Hashable {
    /// From the first byte of a request, or from the start of the connection, to the end of its head: 408, or silence where
    /// nothing came.
    public var head: Duration = .seconds(10)
    /// Between two requests of a connection.
    public var idle: Duration = .seconds(75)
    /// How long a body may be awaited for each few kilobytes (`HTTPBodyError.timedOut`, 408). Only waiting counts.
    public var bodyProgress: Duration = .seconds(30)
    /// How long the client may take to make room for each few kilobytes of an answer; then the connection is cut.
    public var writeProgress: Duration = .seconds(30)
    /// How long requests may take to finish when the server stops; then they are cancelled.
    public var shutdownGrace: Duration = .seconds(10)
    /// How long an answer that ends the connection is left to be read before the socket is closed.
    public var linger: Duration = .seconds(2)
    /// How long a connection may be without a request when there is no room for another one; then it is closed in its favour.
    public var patienceWhenFull: Duration = .seconds(2)

    public init() {}
}

/// How a server listens, and what it takes from a client.
public struct HTTPServerConfiguration: Sendable {
    public var address: ListenAddress
    /// Threads that serve connections. One is enough for tens of thousands of requests a second.
    public var loops = 1
    /// Connections at a time; one more is answered 503 and closed, unless others wait without a request (`patienceWhenFull`). There are fewer where the process may not have so many descriptors and
    /// some to spare: what else it opens must not fail for its clients' sake.
    public var maximumConnections = 10_000
    public var limits = HTTPLimits()
    public var timeouts = HTTPTimeouts()

    public init(address: ListenAddress) {
        self.address = address
    }

    /// How many connections there are at most in a process that may have so many descriptors: an eighth of those is left to the rest of it.
    func connections(withDescriptors limit: UInt64) -> Int {
        min(maximumConnections, Int(clamping: limit - limit / 8))
    }
}

/// The time limits in milliseconds, as the loops count.
struct ConnectionTimes {
    let head: UInt64
    let idle: UInt64
    let bodyProgress: UInt64
    let writeProgress: UInt64
    let linger: UInt64
    let patienceWhenFull: UInt64
    /// From the end of the client's sending to the cancellation of a handler that still works for it.
    let halfClosed: UInt64 = 25

    init(_ timeouts: HTTPTimeouts) {
        head = timeouts.head.wholeMilliseconds
        idle = timeouts.idle.wholeMilliseconds
        bodyProgress = timeouts.bodyProgress.wholeMilliseconds
        writeProgress = timeouts.writeProgress.wholeMilliseconds
        linger = timeouts.linger.wholeMilliseconds
        patienceWhenFull = timeouts.patienceWhenFull.wholeMilliseconds
    }
}
