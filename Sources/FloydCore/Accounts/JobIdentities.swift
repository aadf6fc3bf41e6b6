internal import FloydModel
internal import FloydOS
internal import FloydStore

/// Whom jobs run as: where the daemon may change users, each account's under a host uid of its own.
struct JobIdentities: Sendable {
    let store: Store
    /// nil: the daemon is no root, so all jobs run as its own user.
    let range: ServerConfiguration.JobUIDs?

    /// Whom environments are built as: the first of the range, which no account has.
    var builder: UserIdentity? {
        range.map { UserIdentity(uid: UInt32($0.first), gid: UInt32($0.first)) }
    }

    /// - Throws: `FloydError` if the range has no uid left for the account.
    func identity(of account: ObjectID) async throws -> UserIdentity? {
        guard let range else { return nil }
        guard let user = try await store.accounts.user(account) else {
            throw FloydError(.notFound, "the account \(account) is gone")
        }
        let offset = user.hostUIDOffset + 1
        guard offset < range.count else {
            throw FloydError(
                .unavailable,
                "the server's range of uids has none left for \(user.name)",
                hint: "The administrator raises job_uids.count in the config."
            )
        }
        return UserIdentity(uid: UInt32(range.first + offset), gid: UInt32(range.first + offset))
    }
}
