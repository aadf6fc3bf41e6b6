import FloydCore
import FloydHTTP
import HTTPTypes

/// Where a request comes from: what the connection says, and, where that is a proxy's who is trusted, what the proxy says.
struct RequestOrigin: Sendable, Hashable {
    /// The client's address in numbers, or `unix`.
    var address: String
    /// The user of a program on this machine that came by the local socket.
    var uid: UInt32?
    /// Whether the client came by TLS.
    var isSecure: Bool
    /// The host that the client asked the proxy for, with its port; nil: what the request says itself.
    var host: String?

    init(address: String, uid: UInt32? = nil, isSecure: Bool = false, host: String? = nil) {
        self.address = address
        self.uid = uid
        self.isSecure = isSecure
        self.host = host
    }

    /// What nobody is trusted to say isn't looked at. Of a chain of proxies the client is the last hop that isn't one of the trusted: what
    /// stands before it in the fields, the client may have written itself.
    init(peer: Peer, fields: HTTPFields, trusted: TrustedProxies) {
        let isTrusted: Bool
        switch peer {
        case .tcp(let ip, _):
            // Of IPv4 there is one spelling anyway.
            self.init(address: ip.utf8.contains(UInt8(ascii: ":")) ? IPAddress(ip)?.description ?? ip : ip)
            isTrusted = !trusted.addresses.isEmpty && IPAddress(ip).map(trusted.contains) ?? false
        case .unix(let uid, _, _):
            isTrusted = trusted.includesUnixSockets
            // A proxy is nobody's login.
            self.init(address: "unix", uid: isTrusted ? nil : uid)
        }
        guard isTrusted else { return }
        let said = [
            ForwardedField.client(in: fields, trusted), ForwardedForField.client(in: fields, trusted),
        ].compactMap { $0 }
        // A proxy writes one kind and may pass on the other as its client wrote it; which is which, nobody knows.
        guard let client = said.first, said.allSatisfy(client.agrees) else { return }
        if let address = client.address { self.address = address.description }
        isSecure = client.isSecure
        host = said.lazy.compactMap(\.host).first
    }
}

/// What a proxy says of its client.
struct ForwardedClient: Sendable, Hashable {
    /// nil: the proxy doesn't tell.
    var address: IPAddress?
    var isSecure: Bool
    var host: String?

    init(address: IPAddress?, scheme: String?, host: String?) {
        self.address = address
        isSecure = scheme?.lowercased() == "https"
        self.host = host.flatMap { Self.isHost($0) ? $0.lowercased() : nil }
    }

    func agrees(with other: Self) -> Bool {
        address == other.address && isSecure == other.isSecure
            && (host == nil || other.host == nil || host == other.host)
    }

    /// `host[:port]` in the letters that one has (RFC 3986 §3.2.2), less those that only escapes need.
    private static func isHost(_ text: String) -> Bool {
        let bytes = text.utf8
        guard !bytes.isEmpty, bytes.count <= 300 else { return false }
        return bytes.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: ":"), UInt8(ascii: "["), UInt8(ascii: "]"):
                true
            default:
                false
            }
        }
    }
}
