public import FloydModel
public import FoundationEssentials

/// The body of `POST /api/v1/tokens`: another token of the account that asks.
public struct CreateTokenRequest: Sendable, Hashable, Codable {
    /// What its owner calls it; of the account's live tokens no two have the same.
    public var name: String
    /// Seconds that it is good for; nil: until it is revoked.
    public var expiresIn: Int?

    /// Ten years; a token for longer is one without an end.
    public static let maximumLife = 10 * 366 * 86_400

    public init(name: String, expiresIn: Int? = nil) {
        self.name = name
        self.expiresIn = expiresIn
    }

    enum CodingKeys: String, CodingKey {
        case name
        case expiresIn = "expires_in"
    }
}

/// A token, or a session of the web login, without what makes it one: that is shown once, when it is made.
public struct TokenResponse: Sendable, Hashable, Codable {
    public var id: ObjectID
    public var name: String
    /// `token`, or `session`: a web login, which ends with the token that it was begun with.
    public var kind: String
    /// The account that it speaks for.
    public var user: Name
    /// `active`, `expired` or `revoked`.
    public var state: String
    public var created: Date
    /// nil: it is good until it is revoked.
    public var expires: Date?
    /// To the minute; nil: never.
    public var lastUsed: Date?
    /// Whether it is what this request showed.
    public var current: Bool

    public init(
        id: ObjectID,
        name: String,
        kind: String = "token",
        user: Name,
        state: String = "active",
        created: Date,
        expires: Date? = nil,
        lastUsed: Date? = nil,
        current: Bool = false
    ) {
        self.id = id
        self.name = name
        self.kind = kind
        self.user = user
        self.state = state
        self.created = created
        self.expires = expires
        self.lastUsed = lastUsed
        self.current = current
    }

    enum CodingKeys: String, CodingKey {
        case id, name, kind, user, state, created, expires, current
        case lastUsed = "last_used"
    }

    /// Every key stands in every document, with `null` where there is no value.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(id, forKey: .id)
        try container.encode(name, forKey: .name)
        try container.encode(kind, forKey: .kind)
        try container.encode(user, forKey: .user)
        try container.encode(state, forKey: .state)
        try container.encode(created, forKey: .created)
        try container.encode(expires, forKey: .expires)
        try container.encode(lastUsed, forKey: .lastUsed)
        try container.encode(current, forKey: .current)
    }
}

/// The answer to `POST /api/v1/tokens`: the keys of `TokenResponse`, and the token itself, which nobody will see again.
public struct CreatedTokenResponse: Sendable, Hashable, Codable {
    public var about: TokenResponse
    public var token: String

    public init(about: TokenResponse, token: String) {
        self.about = about
        self.token = token
    }

    private enum CodingKeys: String, CodingKey {
        case token
    }

    public init(from decoder: any Decoder) throws {
        about = try TokenResponse(from: decoder)
        token = try decoder.container(keyedBy: CodingKeys.self).decode(String.self, forKey: .token)
    }

    public func encode(to encoder: any Encoder) throws {
        try about.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(token, forKey: .token)
    }
}

/// The body of `PATCH /api/v1/datasets/{dataset}` and `PATCH /api/v1/projects/{project}`.
public struct UpdateResourceRequest: Sendable, Hashable, Codable {
    /// Whether every account may see it, with all its jobs or versions. Nobody but its owner and admins may change it in any case.
    public var isPublic: Bool

    public init(isPublic: Bool) {
        self.isPublic = isPublic
    }

    enum CodingKeys: String, CodingKey {
        case isPublic = "public"
    }
}
