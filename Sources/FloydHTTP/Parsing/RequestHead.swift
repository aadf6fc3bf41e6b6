import HTTPTypes

/// How the content of a request is delimited (RFC 9112 §6.3).
enum BodyFraming: Hashable {
    case none
    case length(Int64)
    case chunked
}

enum HTTPVersion: Hashable {
    case http10
    case http11
}

/// The head of a request, checked, with what it says of the message and the connection.
struct RequestHead {
    var method: HTTPRequest.Method
    /// From the target in absolute form, else from Host.
    var authority: String?
    /// With the query; `*` for the server itself.
    var path: String
    var fields: HTTPFields
    /// Where in the request's path the query begins, in UTF-8 bytes after the `?`; nil without one.
    var queryOffset: Int?
    var version: HTTPVersion
    var framing: BodyFraming
    /// Whether the client wants the connection to go on after the answer (RFC 9112 §9.3).
    var isPersistent: Bool
    /// Whether the client waits for `100 Continue` before it sends content (RFC 9110 §10.1.1).
    var expectsContinue: Bool
    var size: HTTPHeadSize

    /// The same as the library's type, which costs a field for each part.
    var request: HTTPRequest {
        HTTPRequest(method: method, scheme: "http", authority: authority, path: path, headerFields: fields)
    }
}
