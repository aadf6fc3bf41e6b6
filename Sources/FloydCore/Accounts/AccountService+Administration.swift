public import FloydAPI
public import FloydModel
internal import FloydProject
internal import FloydStore
public import FoundationEssentials

/// What the administrator of the machine does to accounts, beside the daemon or without it.
extension AccountService {
    /// An account as its administrator sees it.
    public struct AccountSummary: Sendable, Hashable, Encodable {
        public var name: Name
        public var role: String
        /// `active` or `disabled`.
        public var state: String
        public var created: Date
        public var disabled: Date?
        /// Tokens that are accepted, web logins aside.
        public var tokens: Int
        /// When one of its tokens was used last, to the minute.
        public var lastUsed: Date?

        enum CodingKeys: String, CodingKey {
            case name, role, state, created, disabled, tokens
            case lastUsed = "last_used"
        }

        /// Every key stands in every document, with `null` where there is no value.
        public func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(name, forKey: .name)
            try container.encode(role, forKey: .role)
            try container.encode(state, forKey: .state)
            try container.encode(created, forKey: .created)
            try container.encode(disabled, forKey: .disabled)
            try container.encode(tokens, forKey: .tokens)
            try container.encode(lastUsed, forKey: .lastUsed)
        }
    }

    /// What an account has in the queue.
    public struct AccountJobs: Sendable, Hashable {
        public var queued: Int
        /// Those of which an attempt holds resources.
        public var active: Int
    }

    /// Makes an account with its first token, which nobody will see again.
    ///
    /// A crash between the two leaves an account that never had a token; making it again, in the same role, gives it one.
    ///
    /// - Parameter expiresIn: seconds that the token is good for; nil: until it is revoked.
    /// - Throws: `alreadyExists` if the name is taken.
    public func addUser(
        _ name: Name,
        role: Account.Role,
        expiresIn: Int? = nil
    ) async throws -> (account: Account, token: String) {
        _ = try Self.expiry(expiresIn, from: now())
        let user: UserRecord
        do {
            user = try await store.accounts.addUser(name, role: role, at: now())
        } catch let error as FloydError where error.code == .alreadyExists {
            guard let present = try await store.accounts.user(named: name), present.role == role,
                try await store.tokens.list(of: present.id, limit: 1).isEmpty
            else { throw error }
            user = present
        }
        return (user.account, try await add("first token", to: user, expiresIn))
    }

    /// Another token for an account, for somebody who lost theirs.
    ///
    /// - Parameter name: nil: `defaultTokenName`, numbered where there is one of that name.
    /// - Throws: `notFound` if there is no such account, `alreadyExists` if it has a live token of that name.
    public func addToken(to user: Name, name: String? = nil, expiresIn: Int? = nil) async throws -> String {
        let user = try await find(user)
        if let name { return try await add(name, to: user, expiresIn) }
        let taken = try await Set(store.tokens.list(of: user.id).map(\.label))
        return try await add(Self.numbered(Self.defaultTokenName, besides: taken), to: user, expiresIn)
    }

    /// What a token is called that somebody has from the administrator.
    public static let defaultTokenName = "from the administrator"

    /// The first of `name`, `name 2`, `name 3` … that is not taken.
    static func numbered(_ name: String, besides taken: Set<String>) -> String {
        guard taken.contains(name) else { return name }
        var number = 2
        while taken.contains("\(name) \(number)") { number += 1 }
        return "\(name) \(number)"
    }

    private func add(_ name: String, to user: UserRecord, _ expiresIn: Int?) async throws -> String {
        let secret = TokenSecret()
        let now = now()
        _ = try await store.tokens.add(
            hash: secret.hash,
            user: user.id,
            label: try TextLimits.tokenName(name),
            created: now,
            expires: try Self.expiry(expiresIn, from: now)
        )
        return secret.string
    }

    /// Seconds that a token is good for, as people write it: `12h`, `90d`.
    public static func life(parsing text: String) throws(FloydError) -> Int {
        if let seconds = TimeSpan.seconds(text), seconds > 0 { return seconds }
        throw FloydError(
            .invalidRequest,
            "\(text.debugDescription) is no time that a token can be good for",
            hint: "Give whole seconds, minutes, hours or days: \(TimeSpan.forms)."
        )
    }

    /// All accounts in the order of their names.
    public func users() async throws -> [AccountSummary] {
        let use = try await store.tokens.use(at: now())
        return try await store.accounts.users().map { user in
            AccountSummary(
                name: user.name,
                role: user.role.rawValue,
                state: user.disabled == nil ? "active" : "disabled",
                created: user.created,
                disabled: user.disabled,
                tokens: use[user.id]?.live ?? 0,
                lastUsed: use[user.id]?.lastUsed
            )
        }
    }

    /// The tokens of an account, sessions left out, the newest first.
    public func tokens(of user: Name) async throws -> [TokenResponse] {
        let user = try await find(user)
        return try await store.tokens.list(of: user.id).filter { !$0.isSession }.map { response($0, of: user.name) }
    }

    /// Refuses the account's tokens from now on, or accepts them again. What it runs goes on; what it has waiting goes on waiting as long as it is
    /// disabled.
    ///
    /// - Returns: what it has in the queue; nil: it was so already.
    /// - Throws: `notFound` if there is no such account.
    public func setDisabled(_ isDisabled: Bool, _ name: Name) async throws -> AccountJobs? {
        let user = try await find(name)
        guard (user.disabled != nil) != isDisabled else { return nil }
        _ = try await store.accounts.setDisabled(isDisabled ? now() : nil, user.id)
        let live = JobFilter(owner: user.id, states: Set(JobState.allCases).subtracting([.finished]))
        let jobs = try await store.jobs.list(live, limit: .max)
        let queued = jobs.count { $0.state == .queued }
        return AccountJobs(queued: queued, active: jobs.count - queued)
    }

    private func find(_ name: Name) async throws -> UserRecord {
        guard let user = try await store.accounts.user(named: name) else {
            let names = try await store.accounts.users().map(\.name.string)
            throw FloydError(
                .notFound,
                "there is no user \(name)",
                hint: NearestNames.question(NearestNames.nearest(to: name.string, among: names))
                    ?? "`floydlited user list` lists all."
            )
        }
        return user
    }
}
