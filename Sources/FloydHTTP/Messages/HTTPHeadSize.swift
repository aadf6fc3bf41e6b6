import HTTPTypes

/// How large the head of a request was as it came: what `HTTPLimits` bounds for the whole server, so that a handler can be stricter.
public struct HTTPHeadSize: Sendable, Hashable {
    /// Bytes of the request line, without its line end.
    public var requestLine: Int
    /// Bytes of all header field lines together, line ends included.
    public var headerBytes: Int
    /// Header field lines.
    public var headerCount: Int

    init(requestLine: Int, headerBytes: Int, headerCount: Int) {
        self.requestLine = requestLine
        self.headerBytes = headerBytes
        self.headerCount = headerCount
    }

    /// What the head would have, written as most clients write it.
    init(of head: HTTPRequest) {
        let target = head.path ?? "/"
        requestLine = head.method.rawValue.utf8.count + 1 + target.utf8.count + " HTTP/1.1".utf8.count
        headerCount = head.headerFields.count
        headerBytes = head.headerFields.reduce(0) { bytes, field in
            bytes + field.name.rawName.utf8.count + ": ".utf8.count + field.value.utf8.count + 2
        }
        guard let host = head.authority else { return }
        headerCount += 1
        headerBytes += "Host: ".utf8.count + host.utf8.count + 2
    }
}
