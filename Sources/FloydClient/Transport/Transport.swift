public import FloydModel

/// What carries requests to a server: libcurl, or a script in tests.
///
/// Calls block the calling thread until the answer is whole, so they belong on a thread of the caller's own (a command line tool's
/// main thread), never on the cooperative pool.
public protocol Transport: AnyObject {
    /// Sends `request` and gives `receive` the body's bytes as they come, together with the head they belong to.
    ///
    /// - Throws: `TransportFailure` where there was no whole answer. An answer of any status is none.
    func perform(
        _ request: TransportRequest,
        receive: (TransportHead, UnsafeRawBufferPointer) throws(FloydError) -> Void
    ) throws(TransportFailure) -> TransportHead
}

/// One request to the server that the transport belongs to.
public struct TransportRequest {
    public var method: String
    /// Begins with `/`, percent-encoded, with the query.
    public var path: String
    public var headers: [(name: String, value: String)]
    public var body: Body
    /// The longest wait for the whole answer, or nil for as long as it takes.
    public var timeout: Duration?

    public enum Body {
        case none
        case bytes([UInt8])
        /// The source from `offset` to its end, which is `length` bytes further.
        case stream(any ByteSource, offset: Int64, length: Int64)
    }

    public init(
        _ method: String,
        _ path: String,
        headers: [(name: String, value: String)] = [],
        body: Body = .none,
        timeout: Duration? = nil
    ) {
        self.method = method
        self.path = path
        self.headers = headers
        self.body = body
        self.timeout = timeout
    }
}

/// Status and header fields of an answer.
public struct TransportHead: Sendable, Hashable {
    public var status: Int
    /// By lower-case name; of a repeated field the last value.
    public var fields: [String: String]

    public init(status: Int, fields: [String: String] = [:]) {
        self.status = status
        self.fields = fields
    }

    public var isSuccess: Bool { (200..<300).contains(status) }

    /// Whether a server says that it may answer later (503), or a proxy that it has none behind it at the moment (502, 504).
    var isNotReady: Bool { (502...504).contains(status) }
}

/// Why there was no whole answer.
public enum TransportFailure: Error, Sendable, Hashable {
    /// No connection can come about: there is no such host, or it is not who it should be.
    case unreachable(String)
    /// No connection came about, so nothing was heard of the request. Nobody listens there, or not at the moment.
    case refused(String)
    /// No answer came; the request may have been heard.
    case unanswered(String)
    /// The connection ended, or the time ran out, before the answer was whole.
    case broken(String)
    /// The side of the caller gave up: a source or a receiver threw.
    case local(FloydError)
    /// The server is not ready (502 to 504): what it said, and after which time it is to be asked again, if it said so.
    case busy(FloydError, again: Duration?)
    /// The person at the keyboard gave up.
    case cancelled
}

/// Bytes of a known number, in order, that can be gone back in.
public protocol ByteSource: AnyObject {
    /// The next `read` gives the bytes from `offset` on.
    func seek(to offset: Int64) throws(FloydError)
    /// Fills as much of `buffer` as is at hand and says how much that was; 0 at the end alone.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(FloydError) -> Int
}
