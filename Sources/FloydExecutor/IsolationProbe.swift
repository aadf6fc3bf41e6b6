public import FloydOS
internal import Glibc

/// Finds out whether this machine can keep jobs apart, by making one sandbox as a job's would be and running `exit 0` in it.
public struct IsolationProbe: Sendable {
    public enum Result: Sendable, Hashable {
        /// With the bubblewrap at this path.
        case available(program: String)
        /// Why not, and what to do about it.
        case unavailable(reason: String, hint: String)
    }

    private let workerProgram: String
    private let program: String?
    private let identity: UserIdentity?

    /// - Parameters:
    ///   - workerProgram: the path of `floydlite-worker`.
    ///   - program: bubblewrap's path; nil: the first one in the usual folders.
    ///   - identity: a user that jobs would run as, needed where the service is root.
    public init(workerProgram: String, program: String? = nil, identity: UserIdentity?) {
        self.workerProgram = workerProgram
        self.program = program ?? Self.find()
        self.identity = identity
    }

    /// The path of the bubblewrap that is installed, if one is.
    public static func find() -> String? {
        ["/usr/bin/bwrap", "/usr/local/bin/bwrap", "/bin/bwrap"].first { access($0, X_OK) == 0 }
    }

    /// Takes some hundredths of a second, in which the calling thread waits.
    public func run() -> Result {
        guard let program, access(program, X_OK) == 0 else {
            return .unavailable(
                reason: "bubblewrap is not installed",
                hint: "Install it: apt-get install bubblewrap."
            )
        }
        do {
            let answer = try ask(program)
            guard !answer.isEmpty else { return .available(program: program) }
            return .unavailable(
                reason: answer,
                hint: Self.hint(isRoot: geteuid() == 0, setting: Self.setting)
            )
        } catch {
            return .unavailable(
                reason: "the sandbox could not be tried: \(error)",
                hint: "Is floydlite-worker installed beside floydlited?"
            )
        }
    }

    /// What the worker says: nothing if all is well.
    private func ask(_ program: String) throws -> String {
        let pair = try DescriptorPair.pipe(capacity: 65_536)
        let reading = FileDescriptor(owning: pair.reading)
        let writing = FileDescriptor(owning: pair.writing)
        let null = try FileDescriptor.open("/dev/null", O_RDWR)
        var arguments = ["floydlite-worker", "--probe", program]
        if let identity { arguments += [String(identity.uid), String(identity.gid)] }
        let command = ProcessCommand(
            workerProgram,
            arguments: arguments,
            folder: "/",
            descriptors: [null.raw, writing.raw, null.raw]
        )
        let pid = try command.spawn()
        try null.close()
        try writing.close()
        let answer = read(reading)
        // Not reaped yet, so the pid is still the child's; one that is stuck must not hold up the start.
        if answer == nil { kill(pid, SIGKILL) }
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
        guard let answer else { return "the sandbox was not ready within \(Self.patience / 1000) s" }
        if status == 0 { return "" }
        return answer.isEmpty ? "floydlite-worker ended with status \(status)" : answer
    }

    private static let patience: Int32 = 10_000

    /// Everything until the end, or nil if that doesn't come in time.
    private func read(_ file: borrowing FileDescriptor) -> String? {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            var event = pollfd(fd: file.raw, events: Int16(POLLIN), revents: 0)
            let ready = poll(&event, 1, Self.patience)
            if ready < 0 && errno == EINTR { continue }
            guard ready > 0 else { return nil }
            let count = Glibc.read(file.raw, &buffer, buffer.count)
            if count <= 0 { break }
            bytes += buffer.prefix(count)
        }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").joined(separator: "; ")
    }

    /// The kernel's setting that keeps ordinary users from making sandboxes, if one does: as `sysctl` takes it.
    private static var setting: String? {
        let refusals = [
            ("kernel.unprivileged_userns_clone", "0", "1"), ("user.max_user_namespaces", "0", "10000"),
            ("kernel.apparmor_restrict_unprivileged_userns", "1", "0"),
        ]
        for (name, refusing, allowing) in refusals {
            let path = "/proc/sys/" + String(name.map { $0 == "." ? "/" : $0 })
            guard let bytes = try? DurableFile.read(path, limit: 64) else { continue }
            if String(decoding: bytes.prefix { $0 != 10 }, as: UTF8.self) == refusing { return "\(name)=\(allowing)" }
        }
        return nil
    }

    static func hint(isRoot: Bool, setting: String?) -> String {
        if let setting, !isRoot { return "The kernel refuses it to ordinary users: sysctl -w \(setting), as root." }
        if isRoot {
            return
                "Inside a container, give it the right to make namespaces (CAP_SYS_ADMIN, and a seccomp profile that allows "
                + "mount); or set isolation: none in the config, which keeps jobs apart by their users alone."
        }
        return "Run the service as root, or set isolation: none in the config, which keeps nothing apart."
    }
}
