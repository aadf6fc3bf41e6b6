import FoundationEssentials
import HTTPTypes

/// What a request shows to say who sends it.
struct Credentials: Sendable, Hashable {
    enum Source: Sendable, Hashable {
        /// The Authorization field (RFC 6750).
        case bearer
        /// The same with a user's name, as `curl -u NAME:TOKEN` sends it (RFC 7617). A browser may add it by itself, too, once somebody
        /// has opened an address with both in it.
        case basic
        /// The cookie of the web login, which a browser adds by itself, whoever made it send the request.
        case cookie
    }

    static let maximumLength = 512

    var token: String
    var source: Source
    /// The account's name, where it is said.
    var user: String?

    init(token: String, source: Source, user: String? = nil) {
        self.user = user
        self.token = token
        self.source = source
    }

    /// The Authorization field goes before the cookie; one that is malformed is not made up for by a cookie.
    init?(_ fields: HTTPFields) {
        if let authorization = fields[.authorization] {
            let parts = authorization.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { return nil }
            let value = String(parts[1].drop { $0 == " " })
            switch parts[0].lowercased() {
            case "bearer":
                guard Self.isToken(value) else { return nil }
                self.init(token: value, source: .bearer)
            case "basic":
                guard let (user, token) = Self.basic(value), Self.isToken(token) else { return nil }
                self.init(token: token, source: .basic, user: user)
            default: return nil
            }
            return
        }
        guard let token = SessionCookie.token(in: fields), Self.isToken(token) else { return nil }
        self.init(token: token, source: .cookie)
    }

    /// The name and the password of RFC 7617; the password is the token.
    private static func basic(_ text: String) -> (user: String, token: String)? {
        guard text.utf8.count <= 2 * maximumLength, let bytes = Data(base64Encoded: text),
            let pair = String(validating: bytes, as: UTF8.self), let colon = pair.firstIndex(of: ":")
        else { return nil }
        return (String(pair[..<colon]), String(pair[pair.index(after: colon)...]))
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
