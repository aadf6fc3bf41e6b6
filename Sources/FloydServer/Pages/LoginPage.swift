import FloydAPI
import FloydCore
import FloydHTTP
import FloydModel
import HTTPTypes

/// The login with a token, which begins a session with a cookie of its own, and the way out.
struct LoginPage: Sendable {
    var accounts: any AccountServing
    var authenticator: Authenticator
    var template: PageTemplate

    func form(_ frame: PageFrame, next: String?, failure: String? = nil, retryAfter: Int? = nil)
        -> HTTPServerResponse
    {
        var values = frame.values(title: "Log in · Floydlite")
        values["next"] = Self.localPath(next) ?? ""
        values["failure"] = JobView.present(failure)
        guard failure != nil else { return template.response(values) }
        guard let retryAfter else {
            return template.response(values, status: .unauthorized, [.wwwAuthenticate: "Bearer"])
        }
        return template.response(values, status: .tooManyRequests, [.retryAfter: "\(retryAfter)"])
    }

    /// Begins a session if the form's token is valid.
    ///
    /// - Throws: `forbidden` if another site made the browser send it, which would log its user in as somebody else.
    func login(_ request: RoutedRequest, _ frame: PageFrame) async throws -> HTTPServerResponse {
        guard SameOrigin.judge(request.http.head, from: request.origin) != .other else { throw SameOrigin.refusal }
        let sent = try await FormBody(of: request)
        let token = (sent["token"] ?? "").filter { !$0.isWhitespace }
        guard Credentials.isToken(token) else {
            return form(frame, next: sent["next"], failure: "This is not a token.")
        }
        let session: NewSession
        do {
            let login = try await authenticator.login(token: token, from: request.origin)
            session = try await accounts.beginSession(as: login)
        } catch let error as FloydError where error.code == .unauthenticated {
            return form(frame, next: sent["next"], failure: "You are not logged in: \(error.message).")
        } catch let slowed as SlowedLogin {
            let failure =
                "Too many logins from your address failed. Wait \(slowed.retryAfter) s before you try another token."
            return form(frame, next: sent["next"], failure: failure, retryAfter: slowed.retryAfter)
        }
        let cookie = SessionCookie.begin(secret: session.secret, secure: request.origin.isSecure)
        return .seeOther(Self.localPath(sent["next"]) ?? "/", [.setCookie: cookie])
    }

    /// Ends the session, on the server too. The token that it was begun with goes on.
    func logout(_ request: RoutedRequest) async throws -> HTTPServerResponse {
        _ = try await FormBody(of: request)
        if let login = request.login, login.token?.isSession == true {
            try await accounts.revokeToken(.current, as: login)
        }
        return .seeOther("/", [.setCookie: SessionCookie.end(secure: request.origin.isSecure)])
    }

    /// Where a page that needs a login leads who has none. After the login, the browser comes back to the page.
    static func redirect(insteadOf request: HTTPServerRequest) -> HTTPServerResponse {
        guard request.method == .get, let path = localPath(String(request.path)) else { return .seeOther("/") }
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
