import HTTPTypes

/// The cookie of the web login. It holds the secret of a session, which ends with the logout, at its time, or with the token that it was
/// begun with.
enum SessionCookie {
    static let name = "floydlite_session"

    /// The value of Set-Cookie that begins a session (RFC 6265 §4.1), which ends with the browser.
    ///
    /// - Parameter secure: whether the request came by TLS, so that the cookie never travels without.
    static func begin(secret: String, secure: Bool) -> String {
        "\(name)=\(secret); \(attributes(secure: secure))"
    }

    static func end(secure: Bool) -> String {
        "\(name)=; \(attributes(secure: secure)); Max-Age=0"
    }

    private static func attributes(secure: Bool) -> String {
        "HttpOnly; SameSite=Strict; Path=/" + (secure ? "; Secure" : "")
    }

    /// Whether there is such a cookie, whatever is in it.
    static func isThere(in fields: HTTPFields) -> Bool {
        fields[values: .cookie].contains { field in
            field.split(separator: ";").contains { $0.drop { $0 == " " }.hasPrefix("\(name)=") }
        }
    }

    /// The token in the Cookie fields; nil without one, and if there are two that differ: one may have been planted.
    static func token(in fields: HTTPFields) -> String? {
        var found: String?
        for field in fields[values: .cookie] {
            for pair in field.split(separator: ";") {
                let pair = pair.drop { $0 == " " }
                guard pair.hasPrefix("\(name)=") else { continue }
                let value = String(pair.dropFirst(name.utf8.count + 1))
                guard found == nil || found == value else { return nil }
                found = value
            }
        }
        return found
    }
}
