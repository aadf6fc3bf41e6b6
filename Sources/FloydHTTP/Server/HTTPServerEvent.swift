/// Something that happened in a server, for its log and its metrics. Told on the loop's thread: take it and return.
public enum HTTPServerEvent: Sendable {
    case requestFinished(HTTPRequestRecord)
    /// A request was refused before any handler saw it; the answer was `status`.
    case protocolError(status: Int, reason: String, peer: Peer)
    /// `accept` failed; the server goes on.
    case acceptFailed(errno: Int32)
    /// There were as many as there may be.
    case connectionRefused(peer: Peer)
}

/// A request that a handler answered, after the last byte of the answer, or after the connection broke.
public struct HTTPRequestRecord: Sendable {
    public var method: String
    /// The request target as it was sent, with its query: not for a log as it is.
    public var target: String
    public var status: Int
    /// Bytes of content received.
    public var bytesReceived: Int64
    /// Bytes of content sent.
    public var bytesSent: Int64
    /// From the end of the request's head to the end of the answer.
    public var duration: Duration
    public var peer: Peer
    /// Whether the answer is incomplete, because the client left or something failed on the way.
    public var isIncomplete: Bool
    /// What the handler's answer had.
    public var annotation: (any HTTPAnnotation)?

    /// A record that no server made, for trying observers.
    public init(
        method: String,
        target: String,
        status: Int,
        bytesReceived: Int64,
        bytesSent: Int64,
        duration: Duration,
        peer: Peer,
        isIncomplete: Bool,
        annotation: (any HTTPAnnotation)? = nil
    ) {
        self.method = method
        self.target = target
        self.status = status
        self.bytesReceived = bytesReceived
        self.bytesSent = bytesSent
        self.duration = duration
        self.peer = peer
        self.isIncomplete = isIncomplete
        self.annotation = annotation
    }
}
