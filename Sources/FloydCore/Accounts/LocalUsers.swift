internal import FloydModel
internal import Glibc

/// Which account each user of this machine has who comes over the local socket, by the uid that the kernel says.
///
/// Some uids are nobody's, whatever the config says: root and the service could take any token from the database, and jobs are not
/// the accounts that they run for.
public struct LocalUsers: Sendable, Hashable {
    private let accounts: [UInt32: Name]
    private let refused: Refused

    /// The uids that never are an account.
    struct Refused: Sendable, Hashable {
        /// The kernel shows a uid as this one that has none here: a user of another user namespace (/proc/sys/kernel/overflowuid).
        private static let overflow: UInt32 = 65_534

        var service: UInt32
        var jobs: ServerConfiguration.JobUIDs

        /// What the uid is that keeps it from being an account, or nil if nothing does.
        func reason(_ uid: UInt32) -> String? {
            if uid == 0 { return "is root" }
            if uid == service { return "is the user that the server runs as" }
            // (uid_t)-1 stands for "no user" in system calls (setuid(2), chown(2)).
            if uid == .max { return "is nobody's" }
            if uid == Self.overflow { return "is what users without a uid here look like" }
            let first = UInt32(jobs.first)
            if uid >= first, uid - first < UInt32(jobs.count) { return "is one that jobs run under (job_uids)" }
            return nil
        }
    }

    /// Nobody.
    public static let none = LocalUsers(accounts: [:], refused: Refused(service: 0, jobs: .init()))

    private init(accounts: [UInt32: Name], refused: Refused) {
        self.accounts = accounts
        self.refused = refused
    }

    /// - Parameters:
    ///   - users: accounts by the users' names, or by their uids in decimal.
    ///   - lookUp: the uid of the user of that name; nil: there is none.
    /// - Throws: `invalidRequest`, which names the key, for a user that doesn't exist or may be nobody.
    init(
        _ users: [String: Name],
        refused: Refused,
        lookUp: (String) -> UInt32?
    ) throws(FloydError) {
        var accounts: [UInt32: Name] = [:]
        for (user, account) in users.sorted(by: { $0.key < $1.key }) {
            let key = "local_socket.users.\(user)"
            guard let uid = lookUp(user) ?? Self.number(user) else {
                throw FloydError(
                    .invalidRequest,
                    "\(key): there is no user \(user) on this machine",
                    hint: "Write the name that `id -un` prints, or the uid."
                )
            }
            if let reason = refused.reason(uid) {
                throw FloydError(
                    .invalidRequest,
                    "\(key): uid \(uid) \(reason), so it can't be the account \(account)",
                    hint:
                        "Remove the line. Whoever is meant logs in with a token there: floydlite login --host unix:/PATH."
                )
            }
            if let other = accounts.updateValue(account, forKey: uid), other != account {
                throw FloydError(
                    .invalidRequest,
                    "\(key): uid \(uid) is the account \(other) by another line",
                    hint: "Keep one of them."
                )
            }
        }
        self.init(accounts: accounts, refused: refused)
    }

    /// The same for this process on this machine.
    init(_ users: [String: Name], jobs: ServerConfiguration.JobUIDs) throws(FloydError) {
        try self.init(users, refused: Refused(service: geteuid(), jobs: jobs), lookUp: Self.uid)
    }

    /// What the uid is that keeps it from ever being an account; nil: nothing does.
    func reasonAgainst(_ uid: UInt32) -> String? {
        refused.reason(uid)
    }

    func account(of uid: UInt32) -> Name? {
        // Asked again: this is the last place where it can be.
        guard refused.reason(uid) == nil else { return nil }
        return accounts[uid]
    }

    private static func number(_ text: String) -> UInt32? {
        text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ? UInt32(text) : nil
    }

    /// The uid of the user of that name, or nil if there is none. Blocks: it may ask a directory on the network.
    private static func uid(_ name: String) -> UInt32? {
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        var buffer = [CChar](repeating: 0, count: 16_384)
        guard getpwnam_r(name, &entry, &buffer, buffer.count, &found) == 0, found != nil else { return nil }
        return entry.pw_uid
    }
}
