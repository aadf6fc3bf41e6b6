internal import FloydModel
internal import FloydOS

/// Whom jobs run as: where the daemon may change users, each account's under a host uid of its own.
struct JobIdentities: Sendable {
    /// nil: the daemon is no root, so all jobs run as its own user.
    let range: ServerConfiguration.JobUIDs?

    /// Whom environments are built as: the first of the range, which no account has.
    var builder: UserIdentity? {
        range.map { UserIdentity(uid: UInt32($0.first), gid: UInt32($0.first)) }
    }

    /// Whom archives are unpacked as: the last of the range, which no account has.
    var unpacker: UserIdentity? {
        range.map { UserIdentity(uid: UInt32($0.first + $0.count - 1), gid: UInt32($0.first + $0.count - 1)) }
    }

    /// - Parameter offset: the account's uid within the range, from 0.
    /// - Throws: `FloydError` if the range has no uid left for the account.
    func identity(of account: Name, offset: Int) throws(FloydError) -> UserIdentity? {
        guard let range else { return nil }
        // The first one is the builder's, the last one the unpacker's.
        let offset = offset + 1
        guard offset < range.count - 1 else {
            throw FloydError(
                .unavailable,
                "the server's range of uids has none left for \(account)",
                hint: "The administrator raises job_uids.count in the config."
            )
        }
        return UserIdentity(uid: UInt32(range.first + offset), gid: UInt32(range.first + offset))
    }
}
