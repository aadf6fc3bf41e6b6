import FloydAPI
import FloydCore
import FloydHTTP
import FloydModel
import HTTPTypes

/// The login with a token, which becomes a cookie, and the way out.
struct LoginPage: Sendable {
    var accounts: any AccountServing
    var template: PageTemplate

    func form(_ frame: PageFrame, next: String?, failure: String? = nil) -> HTTPServerResponse {
        var values = frame.values(title: "Log in · Floydlite")
        values["next"] = Self.localPath(next) ?? ""
        values["failure"] = JobView.present(failure)
        guard failure != nil else { return template.response(values) }
        return template.response(values, status: .unauthorized, [.wwwAuthenticate: "Bearer"])
    }

    /// Begins a session if the form's token is valid.
    ///
    /// - Throws: `forbidden` if another site made the browser send it, which would log its user in as somebody else.
    func login(_ request: RoutedRequest, _ frame: PageFrame) async throws -> HTTPServerResponse {
        guard SameOrigin.judge(request.http.head, from: request.origin) != .other else { throw SameOrigin.refusal }
        let sent = try await FormBody(of: request)
        let token = (sent["token"] ?? "").filter { !$0.isWhitespace }
        guard Credentials.isToken(token), try await accounts.authenticate(token: token) != nil else {
            return form(frame, next: sent["next"], failure: "This token is not valid. It may be revoked or expired.")
        }
        let cookie = SessionCookie.begin(token: token, secure: request.origin.isSecure)
        return .seeOther(Self.localPath(sent["next"]) ?? "/", [.setCookie: cookie])
    }

    func logout(_ request: RoutedRequest) -> HTTPServerResponse {
        .seeOther("/", [.setCookie: SessionCookie.end(secure: request.origin.isSecure)])
    }

    /// Where a page that needs a login leads who has none. After the login, the browser comes back to the page.
    static func redirect(insteadOf request: HTTPServerRequest) -> HTTPServerResponse {
        guard request.head.method == .get, let path = localPath(String(request.path)) else { return .seeOther("/") }
        return .seeOther("/?next=\(APIPath.encoded(path))")
    }

    /// `path` if it is that of a job's page, and so can't lead to another server.
    static func localPath(_ path: String?) -> String? {
        guard let path, path.hasPrefix("/jobs/"), path.utf8.count <= 1024 else { return nil }
        let isPlain = path.dropFirst("/jobs/".count).utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "%"):
                true
            default:
                false
            }
        }
        return isPlain ? path : nil
    }
}

extension HTTPServerResponse {
    /// Sends the browser on to `location` with a GET (RFC 9110 §15.4.4).
    static func seeOther(_ location: String, _ fields: HTTPFields = [:]) -> HTTPServerResponse {
        var fields = fields
        fields[.location] = location
        fields[.cacheControl] = "no-store"
        return HTTPServerResponse(status: .seeOther, headerFields: fields)
    }
}
