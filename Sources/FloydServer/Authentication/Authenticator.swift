import FloydCore
import FloydModel
import HTTPTypes

/// Finds out who sends a request, and whether the request may have been forged by another site.
struct Authenticator: Sendable {
    var accounts: any AccountServing
    var gate: LoginGate

    /// - Throws: `unauthenticated`, which says why; `forbidden` for a change that another site made the browser ask for; `SlowedLogin`.
    func login(of request: HTTPRequest, from origin: RequestOrigin) async throws -> Login {
        let isShown =
            request.headerFields[.authorization] != nil || SessionCookie.isThere(in: request.headerFields)
        guard let credentials = Credentials(request.headerFields) else {
            // What is malformed is not made up for by another way.
            if isShown { throw Self.invalid }
            return try await localLogin(of: request, from: origin)
        }
        if !Self.isSafe(request.method), Self.mayBeForged(request, origin, credentials.source) {
            throw SameOrigin.refusal
        }
        let login = try await login(token: credentials.token, from: origin)
        if let user = credentials.user, !user.isEmpty, user != login.account.name.string {
            throw FloydError(
                .unauthenticated,
                "the token is not that of \(Printable.cut(user))",
                hint: "Give the name of its account, or none."
            )
        }
        return login
    }

    /// The same, or nil for whoever is nobody. For pages, which show the login then.
    ///
    /// - Throws: `forbidden` as above.
    func loginIfAny(of request: HTTPRequest, from origin: RequestOrigin) async throws -> Login? {
        do {
            return try await login(of: request, from: origin)
        } catch let error as FloydError where error.code == .unauthenticated {
            return nil
        } catch is SlowedLogin {
            return nil
        }
    }

    /// Whom a token speaks for that was shown from `origin`.
    func login(token: String, from origin: RequestOrigin) async throws -> Login {
        guard let login = try await gate.pass(origin, { try await accounts.authenticate(token: token) }) else {
            throw Self.invalid
        }
        return login
    }

    /// The user of this machine at the other end of the local socket.
    ///
    /// Its uid comes with every request, like a cookie, so another site's page may use it where the socket was made a port (`ssh -L`): changes
    /// are refused like those of a browser's login, and a name of this server that is none of the machine's own is another site's.
    private func localLogin(of request: HTTPRequest, from origin: RequestOrigin) async throws -> Login {
        guard let uid = origin.uid, Self.isOwnName(origin.host ?? request.authority) else {
            throw FloydError(
                .unauthenticated,
                "a token is needed",
                hint: "Log in with: floydlite login --token TOKEN"
            )
        }
        let login = try await accounts.authenticate(localUser: uid)
        if !Self.isSafe(request.method), SameOrigin.judge(request, from: origin) == .other { throw SameOrigin.refusal }
        return login
    }

    /// Whether a client on this machine, or at the end of a tunnel, calls the server so.
    static func isOwnName(_ authority: String?) -> Bool {
        guard let authority, !authority.isEmpty else { return true }
        let host = authority.hasPrefix("[") ? authority.prefix { $0 != "]" } + "]" : authority.prefix { $0 != ":" }
        return host == "[::1]" || host.lowercased() == "localhost" || isLoopback(host)
    }

    private static func isLoopback(_ host: Substring) -> Bool {
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }

    private static let invalid = FloydError(
        .unauthenticated,
        "the token is not valid",
        hint: "Log in with: floydlite login --token TOKEN"
    )

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
