public import FloydModel
public import FoundationEssentials

/// An account.
public struct UserRecord: Sendable, Hashable {
    public var id: ObjectID
    public var name: Name
    public var role: Account.Role
    /// Which uid of the configured range the account's jobs run under, from 0; no two accounts ever have the same.
    public var hostUIDOffset: Int
    public var created: Date
    /// Since when its tokens are refused.
    public var disabled: Date?

    public var account: Account { Account(id: id, name: name, role: role) }

    init(_ columns: Columns, prefix: String = "") throws {
        id = try columns.id("\(prefix)id")
        name = try columns.name("\(prefix)name")
        role = try columns.word("\(prefix)role")
        hostUIDOffset = try columns.value("\(prefix)host_uid_offset")
        created = try columns.date("\(prefix)created")
        disabled = try columns.optionalDate("\(prefix)disabled")
    }
}

/// A token of an account, without its hash.
public struct TokenRecord: Sendable, Hashable {
    public var id: ObjectID
    /// What it is for, in its owner's words.
    public var label: String
    public var created: Date
    public var expires: Date?
    /// To the minute.
    public var lastUsed: Date?
    public var revoked: Date?
    /// Whether it is a session of the web login, which another token began.
    public var isSession: Bool

    init(_ columns: Columns) throws {
        id = try columns.id("id")
        label = try columns.value("label")
        created = try columns.date("created")
        expires = try columns.optionalDate("expires")
        lastUsed = try columns.optionalDate("last_used")
        revoked = try columns.optionalDate("revoked")
        let beginning: Int64? = try columns.value("session_of")
        isSession = beginning != nil
    }
}

/// Whom a valid token speaks for.
public struct AuthenticatedUser: Sendable, Hashable {
    public var user: UserRecord
    public var token: TokenRecord
}

/// How an account's tokens are used.
public struct TokenUse: Sendable, Hashable {
    /// Tokens that are accepted, sessions aside.
    public var live: Int
    /// When one of its tokens or sessions was used last, to the minute.
    public var lastUsed: Date?
}
