public import HTTPTypes

/// The answer to a request.
///
/// `Content-Length`, `Transfer-Encoding`, `Connection` and `Date` are written by the server; such fields of the handler's are
/// left out. The answer to HEAD is made of the one to GET, without its content.
public struct HTTPServerResponse: Sendable {
    public var status: HTTPResponse.Status
    public var headerFields: HTTPFields
    public var body: HTTPResponseBody
    /// Whether the connection ends with this answer. What else of the client's comes on it, the rest of the request included, is read by nobody.
    public var endsConnection = false
    /// What the handler has to say of the exchange to the server's observer, who finds it in the record. Never sent.
    public var annotation: (any HTTPAnnotation)?

    /// Makes an answer with a final status; an interim one (1xx) is sent as 500.
    public init(status: HTTPResponse.Status, headerFields: HTTPFields = [:], body: HTTPResponseBody = .none) {
        self.status = status
        self.headerFields = headerFields
        self.body = body
    }
}

/// Something that a handler passes on to the server's observer, of whatever class the two agree on.
public protocol HTTPAnnotation: AnyObject, Sendable {}

/// The content of an answer.
public enum HTTPResponseBody: Sendable {
    case none
    case bytes([UInt8])
    /// A part of a file, sent by the system without a copy. Where it isn't in memory, the loop waits for the disk.
    case file(FileRegion)
    /// Content that is made while it is sent, by a closure in the request's task. With a length, exactly so many bytes have
    /// to be written; without, it is sent in chunks, or to the end of the connection in HTTP/1.0. A closure that throws cuts
    /// the connection, so that nobody takes the answer for complete.
    case stream(length: Int64?, @Sendable (HTTPBodyWriter) async throws -> Void)
}
