public import FloydModel

/// The server: what a client needs to know before it asks for more.
public struct ServerResponse: Sendable, Hashable, Codable {
    public var version: String
    /// `bubblewrap` or `none`.
    public var isolation: String
    /// Why jobs can't run here, if they can't.
    public var refusal: String?
    /// `account`: each account's jobs run under a uid of their own; `service`: all under the service's.
    public var uids: String
    public var total: Resources
    /// By what hash contents are named: `blake3`, or `sha256` where the data directory was made when there was no other. Servers of that time don't
    /// say it.
    public var contentHash: String?

    public init(
        version: String,
        isolation: String,
        refusal: String?,
        uids: String,
        total: Resources,
        contentHash: String?
    ) {
        self.version = version
        self.isolation = isolation
        self.refusal = refusal
        self.uids = uids
        self.total = total
        self.contentHash = contentHash
    }

    enum CodingKeys: String, CodingKey {
        case version, isolation, refusal, uids, total
        case contentHash = "content_hash"
    }
}

/// The account of the token.
public struct AccountResponse: Sendable, Hashable, Codable {
    public var id: ObjectID
    public var name: Name
    /// `user` or `admin`.
    public var role: String
    /// Always `active`.
    public var state: String

    public init(id: ObjectID, name: Name, role: String, state: String = "active") {
        self.id = id
        self.name = name
        self.role = role
        self.state = state
    }
}

/// A declared environment.
public struct EnvironmentResponse: Sendable, Hashable, Codable {
    public var name: String
    public var python: String
    public var packages: [String]
    /// `ready`, or `declared` if its first use will build it.
    public var state: String
    /// Whether `run` without `--env` takes it.
    public var isDefault: Bool

    public init(name: String, python: String, packages: [String], state: String, isDefault: Bool) {
        self.name = name
        self.python = python
        self.packages = packages
        self.state = state
        self.isDefault = isDefault
    }

    enum CodingKeys: String, CodingKey {
        case name, python, packages, state
        case isDefault = "default"
    }
}

/// A declared instance type.
public struct InstanceTypeResponse: Sendable, Hashable, Codable {
    public var name: String
    public var resources: Resources
    /// Whether this machine has what it takes.
    public var available: Bool

    public init(name: String, resources: Resources, available: Bool) {
        self.name = name
        self.resources = resources
        self.available = available
    }
}

/// A list in a stable order, newest first where things have a time.
public struct ListResponse<Item: Sendable & Hashable & Codable>: Sendable, Hashable, Codable {
    public var items: [Item]
    /// Given back as `?cursor=` it brings the next page; nil on the last.
    public var next: String?

    public init(items: [Item], next: String? = nil) {
        self.items = items
        self.next = next
    }
}
