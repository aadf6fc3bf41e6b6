internal import FloydOS
internal import FloydRun

/// A sandbox as bubblewrap is to make it.
struct SandboxPlan: Hashable {
    /// What stands at a path inside.
    enum Mount: Hashable {
        case readOnly(String, at: String)
        /// The same, where the machine has it.
        case readOnlyIfPresent(String, at: String)
        case writable(String, at: String)
        /// A device node of the machine, at its own path.
        case device(String)
        case link(to: String, at: String)
        case folder(String)
        /// Memory that everybody may write, `/dev/shm` for example.
        case memory(String)
        /// The sandbox's own `/proc` and a small `/dev`.
        case kernel
        /// A file made for this sandbox, readable to all and writable to none.
        case file([UInt8], at: String)
        /// Such a file with what the machine's of the same path holds: a mount would cost more than the copy.
        case copy(of: String)
    }

    /// What bubblewrap reads a file of the sandbox from.
    enum Content: Hashable {
        case bytes([UInt8])
        /// A file of the machine.
        case file(String)
    }

    /// bubblewrap.
    var program: String
    /// In this order; a later one covers an earlier one.
    var mounts: [Mount]
    var network: RunSpec.Network
    /// Whether root makes the sandbox. The first process inside then holds what it needs to become somebody else, and nothing more; else
    /// bubblewrap makes a user namespace and leaves nothing.
    var madeByRoot: Bool

    /// bubblewrap's options (bwrap(1)), and what the descriptors from `firstFile` on must hold.
    func arguments(firstFile: Int) -> (arguments: [String], files: [Content]) {
        var arguments = [
            // The first process inside is init itself: bubblewrap's own would turn signals into exit codes.
            "--unshare-pid", "--as-pid-1", "--unshare-ipc", "--unshare-uts", "--die-with-parent", "--new-session",
        ]
        if network == .none { arguments.append("--unshare-net") }
        if madeByRoot {
            arguments += ["--cap-drop", "ALL"]
            for capability in ["CAP_SETUID", "CAP_SETGID", "CAP_SETPCAP"] { arguments += ["--cap-add", capability] }
        } else {
            arguments.append("--unshare-user")
        }
        var files: [Content] = []
        func file(_ content: Content, _ path: String) {
            arguments += ["--perms", "0444", "--file", String(firstFile + files.count), path]
            files.append(content)
        }
        var made: [String] = []
        for mount in mounts {
            // Left to bubblewrap, the folders on the way to a mount may become root's alone.
            for folder in Self.ancestors(of: mount.path) where !made.contains(folder) {
                made.append(folder)
                if !mounts.contains(where: { $0.covers(folder) }) { arguments += ["--perms", "0755", "--dir", folder] }
            }
            switch mount {
            case .readOnly(let source, let path): arguments += ["--ro-bind", source, path]
            case .readOnlyIfPresent(let source, let path): arguments += ["--ro-bind-try", source, path]
            case .writable(let source, let path): arguments += ["--bind", source, path]
            case .device(let path): arguments += ["--dev-bind", path, path]
            case .link(let target, let path): arguments += ["--symlink", target, path]
            case .folder(let path): arguments += ["--perms", "0755", "--dir", path]
            case .kernel: arguments += ["--proc", "/proc", "--dev", "/dev"]
            case .memory(let path): arguments += ["--perms", "1777", "--tmpfs", path]
            case .file(let bytes, let path): file(.bytes(bytes), path)
            case .copy(let path): file(.file(path), path)
            }
        }
        // Last: until here bubblewrap makes folders to mount on.
        return (arguments + ["--remount-ro", "/", "--chdir", "/"], files)
    }
}

extension SandboxPlan {
    /// The folders that `path` stands in, outermost first, without the root.
    private static func ancestors(of path: String) -> [String] {
        path.utf8.indices.dropFirst().filter { path.utf8[$0] == UInt8(ascii: "/") }.map { String(path[..<$0]) }
    }
}

extension SandboxPlan.Mount {
    var path: String {
        switch self {
        case .readOnly(_, let path), .readOnlyIfPresent(_, let path), .writable(_, let path), .link(_, let path),
            .file(_, let path), .copy(let path), .device(let path), .folder(let path), .memory(let path):
            path
        case .kernel: "/proc"
        }
    }

    /// Whether what is at `folder` comes from this mount.
    fileprivate func covers(_ folder: String) -> Bool {
        if case .kernel = self { return ["/proc", "/dev"].contains { folder == $0 || folder.hasPrefix($0 + "/") } }
        return folder == path || folder.hasPrefix(path + "/")
    }
}

extension SandboxPlan {
    /// What every sandbox has: the machine's programs and libraries, a fixed part of `/etc`, `/proc` and `/dev`.
    ///
    /// - Parameters:
    ///   - host: the machine's folders.
    ///   - user: whom the command runs as, by the name that it has inside.
    static func foundation(_ host: HostLayout, user: UserIdentity, named name: String) -> [Mount] {
        var mounts: [Mount] = [.readOnly("/usr", at: "/usr")]
        for entry in host.entries {
            switch entry.kind {
            case .link(let target): mounts.append(.link(to: target, at: "/\(entry.name)"))
            case .folder: mounts.append(.readOnly("/\(entry.name)", at: "/\(entry.name)"))
            }
        }
        // Debian's programs are links into /etc/alternatives.
        for name in ["alternatives", "ssl/certs"] {
            mounts.append(.readOnlyIfPresent("/etc/\(name)", at: "/etc/\(name)"))
        }
        mounts += host.files.map { .copy(of: $0) }
        mounts.append(.file(Array(accounts(user, name).utf8), at: "/etc/passwd"))
        mounts.append(.file(Array(groups(user, name).utf8), at: "/etc/group"))
        // bubblewrap's /dev belongs to whoever made it; shared memory is for the job.
        return mounts + [.kernel, .memory("/dev/shm")]
    }

    /// passwd(5).
    private static func accounts(_ user: UserIdentity, _ name: String) -> String {
        """
        root:x:0:0:root:/nonexistent:/usr/sbin/nologin
        \(name):x:\(user.uid):\(user.gid):\(name):\(SandboxPath.home):/bin/bash
        nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin

        """
    }

    /// group(5).
    private static func groups(_ user: UserIdentity, _ name: String) -> String {
        "root:x:0:\n\(name):x:\(user.gid):\nnogroup:x:65534:\n"
    }
}
