import HTTPTypes

/// The cookie of the web login. It holds the token itself, so that revoking the token ends the session.
enum SessionCookie {
    static let name = "floydlite_session"

    /// The value of Set-Cookie that begins a session (RFC 6265 §4.1), which ends with the browser.
    ///
    /// - Parameter secure: whether the request came by TLS, so that the cookie never travels without.
    static func begin(token: String, secure: Bool) -> String {
        "\(name)=\(token); \(attributes(secure: secure))"
    }

    static func end(secure: Bool) -> String {
        "\(name)=; \(attributes(secure: secure)); Max-Age=0"
    }

    private static func attributes(secure: Bool) -> String {
        "HttpOnly; SameSite=Strict; Path=/" + (secure ? "; Secure" : "")
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
