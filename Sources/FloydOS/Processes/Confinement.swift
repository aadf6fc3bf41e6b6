internal import CFloydLinux
internal import Glibc

/// A process (of one thread) that locks itself up before it looks at what somebody else wrote: with nothing to see, nobody to talk to and
/// nothing to open. What is open already stays.
public struct Confinement: Sendable, Hashable {
    /// What it may still take.
    public struct Limits: Sendable, Hashable {
        /// Bytes of memory of its own (RLIMIT_DATA): what it has mapped from files comes on top.
        public var memory: Int
        /// Seconds of the CPU.
        public var cpuSeconds: Int

        public init(memory: Int, cpuSeconds: Int) {
            self.memory = memory
            self.cpuSeconds = cpuSeconds
        }
    }

    /// What could not be done. The process must end then.
    public struct Failure: Error, Sendable, Hashable, CustomStringConvertible {
        public let description: String
    }

    /// An empty folder, which becomes the root.
    public var folder: String
    /// Whom root becomes; nil: the process keeps its user.
    public var identity: UserIdentity?
    public var limits: Limits

    public init(folder: String, identity: UserIdentity?, limits: Limits) {
        self.folder = folder
        self.identity = identity
        self.limits = limits
    }

    /// Leaves the namespaces, the file system, the user and the capabilities that the process has, and sets its limits.
    ///
    /// Root may always have another root folder and must have another user. Namespaces are left where the machine lets it: an ordinary user, and root
    /// in a container, may not be allowed to. Without them there is still no descriptor left to open a socket or a file with.
    public func enter() throws(Failure) {
        let isRoot = geteuid() == 0
        guard isRoot == (identity != nil) else {
            throw Failure(description: "root must become somebody else, and nobody else can")
        }
        let mapped = Self.mappedBytes()
        let hasLeft = floyd_leave_namespaces(isRoot ? 0 : 1) == 0
        if isRoot || hasLeft { try changeRoot() }
        do {
            try Privileges.drop(to: identity)
        } catch {
            throw Failure(description: error.description)
        }
        CurrentProcess.hideMemory()
        // A change of user took it back.
        CurrentProcess.dieWithParent()
        try Self.set(RLIMIT_CORE, 0)
        try Self.set(RLIMIT_FSIZE, 0)
        try Self.set(__RLIMIT_NPROC, 0)
        try Self.set(__RLIMIT_MEMLOCK, 0)
        try Self.set(RLIMIT_CPU, limits.cpuSeconds)
        try Self.set(RLIMIT_DATA, limits.memory)
        if let mapped { try Self.set(RLIMIT_AS, mapped + limits.memory) }
        try Self.set(RLIMIT_NOFILE, 0)
    }

    private func changeRoot() throws(Failure) {
        guard chdir(folder) == 0, chroot(".") == 0, chdir("/") == 0 else {
            throw Failure(description: SystemError("chroot", path: folder).description)
        }
    }

    /// Bytes of the process's address space (proc(5), `statm`).
    private static func mappedBytes() -> Int? {
        guard let bytes = try? FileDescriptor.open("/proc/self/statm", O_RDONLY).readAll(limit: 256) else { return nil }
        let pages = Int(String(decoding: bytes.prefix { $0 != UInt8(ascii: " ") }, as: UTF8.self))
        return pages.map { $0 * sysconf(Int32(_SC_PAGESIZE)) }
    }

    private static func set(_ resource: __rlimit_resource, _ value: Int) throws(Failure) {
        var limit = rlimit(rlim_cur: rlim_t(value), rlim_max: rlim_t(value))
        guard setrlimit(__rlimit_resource_t(resource.rawValue), &limit) == 0 else {
            throw Failure(description: SystemError("setrlimit").description)
        }
    }
}
