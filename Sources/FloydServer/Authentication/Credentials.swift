import HTTPTypes

/// What a request shows to say who sends it.
struct Credentials: Sendable, Hashable {
    enum Source: Sendable, Hashable {
        /// The Authorization field (RFC 6750).
        case bearer
        /// The cookie of the web login, which a browser adds by itself, whoever made it send the request.
        case cookie
    }

    static let maximumLength = 512

    var token: String
    var source: Source

    init(token: String, source: Source) {
        self.token = token
        self.source = source
    }

    /// The Authorization field goes before the cookie; one that is malformed is not made up for by a cookie.
    init?(_ fields: HTTPFields) {
        if let authorization = fields[.authorization] {
            let parts = authorization.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
            let token = String(parts[1].drop { $0 == " " })
            guard Self.isToken(token) else { return nil }
            self.init(token: token, source: .bearer)
            return
        }
        guard let token = SessionCookie.token(in: fields), Self.isToken(token) else { return nil }
        self.init(token: token, source: .cookie)
    }

    /// Whether `text` is a `b64token` (RFC 6750 §2.1), which also may stand in a cookie as it is.
    static func isToken(_ text: String) -> Bool {
        let bytes = text.utf8
        guard !bytes.isEmpty, bytes.count <= maximumLength else { return false }
        return bytes.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"), UInt8(ascii: "+"), UInt8(ascii: "/"), UInt8(ascii: "="):
                true
            default:
                false
            }
        }
    }
}
