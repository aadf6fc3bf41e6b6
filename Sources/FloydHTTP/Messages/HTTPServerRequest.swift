public import HTTPTypes

/// A request as a handler gets it: its head is complete and checked, its content waits to be read.
public struct HTTPServerRequest: Sendable {
    public let method: HTTPRequest.Method
    /// From Host or the target.
    public let authority: String?
    /// All but Host.
    public let headerFields: HTTPFields
    /// The content. Empty where the request has none.
    public let body: HTTPRequestBody
    /// Who asks.
    public let peer: Peer
    /// How large the head was.
    public let headSize: HTTPHeadSize
    /// Path and query as they were sent, still percent-encoded; `*` for the server itself.
    public let target: String
    private let queryOffset: Int?

    init(head: RequestHead, body: HTTPRequestBody, peer: Peer) {
        method = head.method
        authority = head.authority
        headerFields = head.fields
        self.body = body
        self.peer = peer
        headSize = head.size
        target = head.path
        queryOffset = head.queryOffset
    }

    /// A request that no connection brought, for trying handlers without one. `head` is taken as it is.
    public init(head: HTTPRequest, body: HTTPRequestBody, peer: Peer) {
        method = head.method
        authority = head.authority
        headerFields = head.headerFields
        self.body = body
        self.peer = peer
        headSize = HTTPHeadSize(of: head)
        let path = head.path ?? "/"
        target = path
        queryOffset = path.utf8.firstIndex(of: UInt8(ascii: "?")).map {
            path.utf8.distance(from: path.startIndex, to: $0) + 1
        }
    }

    /// Method, authority, path with query, and fields, in one. Made anew for each call.
    public var head: HTTPRequest {
        HTTPRequest(method: method, scheme: "http", authority: authority, path: target, headerFields: headerFields)
    }

    /// The path without the query, still percent-encoded; it begins with `/`, or is `*` for the server itself.
    public var path: Substring {
        guard let queryOffset else { return target[...] }
        return target[..<target.utf8.index(target.startIndex, offsetBy: queryOffset - 1)]
    }

    /// What stands behind the first `?`, still percent-encoded; nil without one.
    public var query: String? {
        queryOffset.map { String(target[target.utf8.index(target.startIndex, offsetBy: $0)...]) }
    }
}
