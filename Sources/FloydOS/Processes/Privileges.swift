internal import CFloydLinux

/// Giving up what a process may do.
public enum Privileges {
    /// Why they could not be given up. The process must end then.
    public struct DropError: Error, Sendable, Hashable, CustomStringConvertible {
        public let description: String
    }

    /// Leaves what processes share that are kept apart by nothing but namespaces: the service's session keyring, whose keys whoever inherits
    /// it may read whatever its uid is, and, where the kernel can, abstract sockets, which on the machine's network are everybody's. To be
    /// called after `drop`, by a process of one thread.
    public static func leaveShares() {
        floyd_leave_shares()
    }

    /// Makes this process (of one thread) `identity` and nobody else, with no other group and with all five capability sets empty;
    /// without an identity, only takes its capabilities. What was achieved is read back before this returns.
    public static func drop(to identity: UserIdentity?) throws(DropError) {
        // In the order of `enum floyd_privilege_step`.
        let steps = [
            "empty the bounding set", "empty the ambient set", "leave the groups", "change the group",
            "change the user", "empty the capability sets", "forbid new privileges", "verify what was given up",
        ]
        var step: Int32 = 0
        let code = floyd_drop_privileges(identity == nil ? 0 : 1, identity?.uid ?? 0, identity?.gid ?? 0, &step)
        guard code != 0 else { return }
        let name = steps.indices.contains(Int(step)) ? steps[Int(step)] : "give up privileges"
        throw DropError(description: SystemError(name, code: code).description)
    }
}
