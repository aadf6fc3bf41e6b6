/// How much of a request the server takes. What is over answers 414, 431 or 413, and the connection is closed. A handler may take less: `HTTPServerRequest.headSize`
/// says what came, `HTTPServerResponse.endsConnection` closes.
public struct HTTPLimits: Sendable, Hashable {
    /// Bytes of the request line, without its line end.
    public var requestLine = 8 * 1024
    /// Bytes of all header field lines together, line ends included; also the limit of a chunked body's trailer section.
    public var headerBytes = 32 * 1024
    /// Header field lines of one request.
    public var headerCount = 100
    /// Bytes of content of one request, unless its handler says otherwise with `HTTPRequestBody.allow(upTo:)`.
    public var body: Int64 = 1024 * 1024
    /// Bytes of content that a handler left unread and that are thrown away so that the connection can go on.
    public var unreadBody: Int64 = 256 * 1024

    public init() {}
}
