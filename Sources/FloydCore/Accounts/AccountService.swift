public import FloydAPI
public import FloydModel
public import FloydStore
internal import FoundationEssentials

/// Accounts and their tokens.
public struct AccountService: AccountServing {
    /// How long a web login lasts; the cookie itself ends with the browser.
    static let sessionLength: TimeInterval = 7 * 86_400

    let store: Store
    let now: @Sendable () -> Date
    private let localUsers: LocalUsers

    public init(store: Store, localUsers: LocalUsers = .none) {
        self.init(store: store, localUsers: localUsers, now: { Date() })
    }

    init(store: Store, localUsers: LocalUsers = .none, now: @escaping @Sendable () -> Date) {
        self.store = store
        self.localUsers = localUsers
        self.now = now
    }

    public func authenticate(token: String) async throws -> Login? {
        // Whatever else is tried as a token is no reason to ask the database.
        guard token.hasPrefix(TokenSecret.prefix), token.utf8.count <= 128 else { return nil }
        guard let found = try await store.tokens.authenticate(hash: TokenSecret(token).hash, at: now()) else {
            return nil
        }
        return Login(found)
    }

    public func authenticate(localUser uid: UInt32) async throws -> Login {
        guard let name = localUsers.account(of: uid) else {
            throw FloydError(
                .unauthenticated,
                "no token was shown, and your user (uid \(uid)) is no account here",
                hint: localUsers.reasonAgainst(uid).map { "It \($0), which never is one. Log in with a token." }
                    ?? "Log in with a token, or have the administrator add you to the config: "
                    + "local_socket: {users: {\"\(uid)\": ACCOUNT}}."
            )
        }
        guard let user = try await store.accounts.user(named: name) else {
            throw FloydError(
                .unauthenticated,
                "the config says that your user (uid \(uid)) is \(name), and there is no such account",
                hint: "The administrator makes it: floydlited user add \(name)."
            )
        }
        guard user.disabled == nil else {
            throw FloydError(.unauthenticated, "the account is disabled", hint: "Ask the server's administrator.")
        }
        return Login(user.account, token: nil)
    }

    public func renew(_ login: Login) async throws -> Login {
        if let token = login.token {
            guard let found = try await store.tokens.authenticate(token.id, at: now()) else {
                throw FloydError(.unauthenticated, "the session was ended")
            }
            return Login(found)
        }
        guard let user = try await store.accounts.user(login.account.id), user.disabled == nil else {
            throw FloydError(.unauthenticated, "the account is disabled", hint: "Ask the server's administrator.")
        }
        return Login(user.account, token: nil)
    }

    public func beginSession(as login: Login) async throws -> NewSession {
        guard let token = login.token else {
            throw FloydError(.forbidden, "a session is begun with a token")
        }
        let secret = TokenSecret()
        let now = now()
        let expires = min(now.addingTimeInterval(Self.sessionLength), token.expires ?? .distantFuture)
        _ = try await store.tokens.addSession(hash: secret.hash, begunWith: token.id, created: now, expires: expires)
        return NewSession(secret: secret.string, expires: expires)
    }

    public func tokens(
        of user: Name?,
        page: PageRequest,
        as login: Login
    ) async throws -> ListResponse<TokenResponse> {
        let before = try page.cursor.map(PageRequest.id)
        var owner = login.account
        if let user, user != owner.name {
            // Whether there is such an account, an admin alone is told.
            guard owner.role == .admin, let found = try await store.accounts.user(named: user) else {
                throw FloydError(
                    .notFound,
                    "there is no user \(user) whose tokens you may see",
                    hint: "Without a user it is your own that are listed."
                )
            }
            owner = found.account
        }
        let records = try await store.tokens.list(of: owner.id, before: before, limit: page.limit + 1)
        return ListResponse(records, page: page, id: \.id.string) { response($0, of: owner.name, login) }
    }

    public func createToken(
        _ request: CreateTokenRequest,
        once key: RequestKey?,
        as login: Login
    ) async throws -> CreatedTokenResponse {
        guard let key else { return try await createToken(request, nil, login) }
        let keyed = KeyedRequest(account: login.account.id, key: key.key, now: now()) { Data(key.fingerprint()) }
        do {
            // The id alone: what would have to be answered again is a secret.
            return try await createToken(request, KeyedWrite(keyed) { Data($0.id.string.utf8) }, login)
        } catch let before as AnsweredBefore {
            throw try await shownBefore(before.id(), login)
        } catch {
            // What was possible the first time needn't be any more; the token was made all the same.
            guard let answer = try await store.requestKeys.answer(to: keyed) else { throw error }
            throw try await shownBefore(AnsweredBefore(answer).id(), login)
        }
    }

    /// What a repeated request is told of the token that the first one made.
    private func shownBefore(_ id: ObjectID, _ login: Login) async throws -> FloydError {
        let token = try await store.tokens.get(id, of: login.account.id).map { response($0.token, of: $0.user.name) }
        let name = token.map { "\($0.name) (\(id))" } ?? "\(id)"
        let isActive = token?.state == "active"
        return FloydError(
            .alreadyDone,
            "this request made the token \(name) before, which was shown then and can't be shown again",
            hint: isActive
                ? "If its answer was lost, revoke it, `floydlite token revoke \(id)`, and make another with a new key."
                : "It is not good any more: make another with a new key."
        )
    }

    private func createToken(
        _ request: CreateTokenRequest,
        _ once: KeyedWrite<TokenRecord>?,
        _ login: Login
    ) async throws -> CreatedTokenResponse {
        let name = try TextLimits.tokenName(request.name)
        let now = now()
        let expires = try Self.expiry(request.expiresIn, from: now)
        if let end = login.token?.expires, end < expires ?? .distantFuture {
            throw FloydError(
                .forbidden,
                "your own token ends at \(MessageCoding.format(end)), and can't make one that lives longer",
                hint: "Ask for less (expires_in), or use a token without an end, or ask the server's administrator.",
                fields: [FloydError.Field(name: "expires_in", message: "beyond the end of the token that asks")]
            )
        }
        let secret = TokenSecret()
        let record = try await store.tokens.add(
            hash: secret.hash,
            user: login.account.id,
            label: name,
            created: now,
            expires: expires,
            once: once
        )
        return CreatedTokenResponse(about: response(record, of: login.account.name, login), token: secret.string)
    }

    public func token(_ choice: TokenChoice, as login: Login) async throws -> TokenResponse {
        let found = try await find(choice, login)
        return response(found.token, of: found.user.name, login)
    }

    public func revokeToken(_ choice: TokenChoice, as login: Login) async throws {
        let found = try await find(choice, login)
        _ = try await store.tokens.revoke(found.token.id, of: found.user.id, at: now())
    }

    private func find(_ choice: TokenChoice, _ login: Login) async throws -> AuthenticatedUser {
        let id: ObjectID
        switch choice {
        case .id(let given): id = given
        case .current:
            guard let token = login.token else {
                throw FloydError(
                    .notFound,
                    "this request shows no token: your user on the server's machine is the login",
                    hint: "Name a token by its id: `floydlite token list`."
                )
            }
            id = token.id
        }
        let owner = login.account.role == .admin ? nil : login.account.id
        guard let found = try await store.tokens.get(id, of: owner) else {
            throw FloydError(.notFound, "there is no token \(id)", hint: "`floydlite token list` lists yours.")
        }
        return found
    }

    /// - Parameter seconds: how long; nil: for ever.
    static func expiry(_ seconds: Int?, from now: Date) throws(FloydError) -> Date? {
        guard let seconds else { return nil }
        guard (1...CreateTokenRequest.maximumLife).contains(seconds) else {
            throw FloydError(
                .invalidRequest,
                "the token is to be good for \(seconds) seconds",
                hint: "Give 1 second to ten years, or nothing for a token without an end.",
                fields: [
                    FloydError.Field(name: "expires_in", message: "not between 1 and \(CreateTokenRequest.maximumLife)")
                ]
            )
        }
        return now.addingTimeInterval(TimeInterval(seconds))
    }

    func response(_ record: TokenRecord, of user: Name, _ login: Login? = nil) -> TokenResponse {
        TokenResponse(
            id: record.id,
            name: record.label,
            kind: record.isSession ? "session" : "token",
            user: user,
            state: record.revoked != nil
                ? "revoked" : record.expires.map { $0 <= now() } ?? false ? "expired" : "active",
            created: record.created,
            expires: record.expires,
            lastUsed: record.lastUsed,
            current: record.id == login?.token?.id
        )
    }
}

extension Login {
    fileprivate init(_ found: AuthenticatedUser) {
        let token = found.token
        self.init(
            found.user.account,
            token: Token(id: token.id, expires: token.expires, isSession: token.isSession)
        )
    }
}
