import FloydHTTP
import HTTPTypes

/// Who sends a request, as far as it isn't a matter of tokens.
struct RequestOrigin: Sendable, Hashable {
    /// IP text, or `unix`.
    var address: String
    /// Of a local-socket peer.
    var uid: UInt32?
    /// Whether it came by TLS.
    var isSecure: Bool
    /// What the sender calls this server.
    var host: String?

    init(address: String, uid: UInt32? = nil, isSecure: Bool = false, host: String? = nil) {
        self.address = address
        self.uid = uid
        self.isSecure = isSecure
        self.host = host
    }

    init(_ request: HTTPServerRequest) {
        switch request.peer {
        case .tcp(let ip, _): self.init(address: ip, host: request.head.authority)
        case .unix(let uid, _, _): self.init(address: "unix", uid: uid, host: request.head.authority)
        }
    }
}
