import FloydCore
import FloydModel
import HTTPTypes

/// Finds out who sends a request, and whether the request may have been forged by another site.
struct Authenticator: Sendable {
    var accounts: any AccountServing

    /// - Throws: `unauthenticated`; `forbidden` for a change that another site made the browser ask for.
    func account(of request: HTTPRequest, from origin: RequestOrigin) async throws -> Account {
        if let account = try await accountIfAny(of: request, from: origin) { return account }
        let isShown =
            request.headerFields[.authorization] != nil || SessionCookie.token(in: request.headerFields) != nil
        throw FloydError(
            .unauthenticated,
            isShown ? "the token is not valid" : "a token is needed",
            hint: "Log in with: floydlite login --token TOKEN"
        )
    }

    /// The account, or nil if nobody valid is logged in.
    ///
    /// - Throws: `forbidden` as above.
    func accountIfAny(of request: HTTPRequest, from origin: RequestOrigin) async throws -> Account? {
        guard let credentials = Credentials(request.headerFields) else { return nil }
        if !Self.isSafe(request.method), Self.mayBeForged(request, origin, credentials.source) {
            throw SameOrigin.refusal
        }
        let account = try await accounts.authenticate(token: credentials.token)
        if let user = credentials.user, !user.isEmpty, user != account?.name.string { return nil }
        return account
    }

    /// What a browser adds by itself says nothing of who made it send the request. A program that sends a name and a token is none that says so.
    private static func mayBeForged(
        _ request: HTTPRequest,
        _ origin: RequestOrigin,
        _ source: Credentials.Source
    ) -> Bool {
        switch source {
        case .bearer: false
        case .basic: SameOrigin.judge(request, from: origin) == .other
        case .cookie: SameOrigin.judge(request, from: origin) != .same
        }
    }

    /// RFC 9110 §9.2.1.
    private static func isSafe(_ method: HTTPRequest.Method) -> Bool {
        method == .get || method == .head || method == .options
    }
}
