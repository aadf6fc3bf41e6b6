public import FloydAPI
public import FloydModel
public import FoundationEssentials

/// Who asks, and how that is known.
public struct Login: Sendable, Hashable {
    /// What was shown.
    public struct Token: Sendable, Hashable {
        public var id: ObjectID
        public var expires: Date?
        /// Whether it is a session of the web login.
        public var isSession: Bool

        public init(id: ObjectID, expires: Date? = nil, isSession: Bool = false) {
            self.id = id
            self.expires = expires
            self.isSession = isSession
        }
    }

    public var account: Account
    /// nil: nothing was shown; the peer of the local socket is a user of this machine whom the config knows.
    public var token: Token?

    public init(_ account: Account, token: Token?) {
        self.account = account
        self.token = token
    }
}

/// A session of the web login that has just begun.
public struct NewSession: Sendable, Hashable {
    /// What the browser shows from now on; the server keeps its hash alone.
    public var secret: String
    public var expires: Date

    public init(secret: String, expires: Date) {
        self.secret = secret
        self.expires = expires
    }
}

/// Which token is meant: by its id, or the one that the request shows.
public enum TokenChoice: Sendable, Hashable {
    case id(ObjectID)
    case current
}

/// Who somebody is, and by what tokens.
///
/// Tokens are one's own: an admin may list and revoke those of others, but never make one, which would be to be somebody else.
public protocol AccountServing: Sendable {
    /// Whom `token` speaks for, or nil if nobody ever had it.
    ///
    /// - Throws: `unauthenticated`, which says why, for one that was revoked or has expired, or whose account is disabled.
    func authenticate(token: String) async throws -> Login?
    /// Whom the user of this machine with this uid is by the config.
    ///
    /// - Throws: `unauthenticated`, which says what to do, if it is nobody.
    func authenticate(localUser uid: UInt32) async throws -> Login
    /// Looks again at who has asked before, for what lasts longer than a request.
    ///
    /// - Throws: `unauthenticated`, which says why, if the login no longer stands.
    func renew(_ login: Login) async throws -> Login
    /// Begins a session of the web login for who has shown a token. It ends with the token at the latest.
    func beginSession(as login: Login) async throws -> NewSession
    /// The tokens of `user`, else of the account that asks, the newest first; `notFound` for another's unless an admin asks.
    func tokens(of user: Name?, page: PageRequest, as login: Login) async throws -> ListResponse<TokenResponse>
    /// Another token. One that expires can't make one that lives longer.
    ///
    /// - Parameter once: a second such request makes no other and is `alreadyDone`: the token was shown once.
    func createToken(_ request: CreateTokenRequest, once: RequestKey?, as login: Login) async throws
        -> CreatedTokenResponse
    func token(_ choice: TokenChoice, as login: Login) async throws -> TokenResponse
    /// Makes a token worthless, with the sessions that were begun with it.
    func revokeToken(_ choice: TokenChoice, as login: Login) async throws
}
