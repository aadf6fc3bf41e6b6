public import FloydModel
public import FloydStore
internal import FoundationEssentials

/// Accounts and their tokens.
public struct AccountService: AccountServing {
    private let store: Store
    private let now: @Sendable () -> Date

    public init(store: Store) {
        self.init(store: store, now: { Date() })
    }

    init(store: Store, now: @escaping @Sendable () -> Date) {
        self.store = store
        self.now = now
    }

    public func authenticate(token: String) async throws -> Account? {
        // Whatever else is tried as a token is no reason to ask the database.
        guard token.hasPrefix(TokenSecret.prefix), token.utf8.count <= 128 else { return nil }
        return try await store.tokens.authenticate(hash: TokenSecret(token).hash, at: now()).user.account
    }

    /// Makes an account with its first token, which nobody will see again.
    ///
    /// A crash between the two leaves an account that never had a token; making it again, in the same role, gives it one.
    ///
    /// - Throws: `alreadyExists` if the name is taken.
    public func addUser(_ name: Name, role: Account.Role) async throws -> (account: Account, token: String) {
        let user: UserRecord
        do {
            user = try await store.accounts.addUser(name, role: role, at: now())
        } catch let error as FloydError where error.code == .alreadyExists {
            guard let present = try await store.accounts.user(named: name), present.role == role,
                try await store.tokens.list(of: present.id).isEmpty
            else { throw error }
            user = present
        }
        return (user.account, try await addToken(to: user.id, label: "first token"))
    }

    /// Another token for the account.
    public func addToken(to user: ObjectID, label: String) async throws -> String {
        let secret = TokenSecret()
        _ = try await store.tokens.add(hash: secret.hash, user: user, label: label, created: now())
        return secret.string
    }
}
