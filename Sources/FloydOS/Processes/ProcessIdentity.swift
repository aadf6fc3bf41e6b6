internal import CFloydLinux
public import Glibc

/// A process that can be told from any other that ever has its pid: pid, start time and the boot in which it ran.
public struct ProcessIdentity: Sendable, Hashable {
    public var pid: pid_t
    /// Clock ticks after boot, field 22 of `/proc/PID/stat` (proc(5)).
    public var startTime: UInt64
    public var bootID: String

    public init(pid: pid_t, startTime: UInt64, bootID: String) {
        self.pid = pid
        self.startTime = startTime
        self.bootID = bootID
    }

    /// The calling process.
    public static func current() throws(SystemError) -> ProcessIdentity {
        guard let identity = try of(getpid()) else { throw SystemError("read", path: "/proc/self/stat", code: ESRCH) }
        return identity
    }

    /// Whoever has `pid` now, or nil if nobody has.
    public static func of(_ pid: pid_t) throws(SystemError) -> ProcessIdentity? {
        guard let status = ProcessStatus.of(pid) else { return nil }
        return ProcessIdentity(pid: pid, startTime: status.startTime, bootID: try BootID.current())
    }

    /// Whether the process runs; one that has ended and only waits to be reaped doesn't.
    public var isAlive: Bool {
        guard let boot = try? BootID.current(), boot == bootID else { return false }
        guard let status = ProcessStatus.of(pid), status.startTime == startTime else { return false }
        return !status.isZombie
    }

    /// A descriptor of this process, or nil if it has ended.
    public func open() throws(SystemError) -> ProcessDescriptor? {
        guard let descriptor = try ProcessDescriptor.open(pid) else { return nil }
        // Only now is the pid held still, so only now does a comparison mean anything.
        guard isAlive else { return nil }
        return descriptor
    }

    /// Sends the signal to this very process; false if it has ended.
    @discardableResult
    public func signal(_ number: Int32) throws(SystemError) -> Bool {
        guard let descriptor = try open() else { return false }
        return try descriptor.signal(number)
    }
}

/// A pidfd (pidfd_open(2)): names one process whatever becomes of its pid, and is readable when that has ended.
public struct ProcessDescriptor: ~Copyable, Sendable {
    public let file: FileDescriptor

    /// Whoever has `pid` now, or nil if nobody has.
    public static func open(_ pid: pid_t) throws(SystemError) -> ProcessDescriptor? {
        let raw = floyd_pidfd_open(pid)
        guard raw >= 0 else {
            // EINVAL: the number of a thread that leads no process any more.
            if errno == ESRCH || errno == EINVAL { return nil }
            throw SystemError("pidfd_open")
        }
        return ProcessDescriptor(file: FileDescriptor(owning: raw))
    }

    /// The descriptor, which is the caller's to close from here on.
    public consuming func release() -> Int32 {
        file.release()
    }

    /// pidfd_send_signal(2); false if the process has ended.
    public func signal(_ number: Int32) throws(SystemError) -> Bool {
        if floyd_pidfd_signal(file.raw, number) == 0 { return true }
        if errno == ESRCH { return false }
        throw SystemError("pidfd_send_signal")
    }
}

/// The id that the kernel gave this boot of the machine (random(4)).
public enum BootID {
    public static func current() throws(SystemError) -> String {
        try known.get()
    }

    /// Read once: nobody outlives the boot in which it runs.
    private static let known = Result { () throws(SystemError) in try read() }

    private static func read() throws(SystemError) -> String {
        let path = "/proc/sys/kernel/random/boot_id"
        guard let bytes = try DurableFile.read(path, limit: 128) else {
            throw SystemError("open", path: path, code: ENOENT)
        }
        return String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    }
}

/// A user and a group that a process runs as.
public struct UserIdentity: Sendable, Hashable {
    public var uid: uid_t
    public var gid: gid_t

    public init(uid: uid_t, gid: gid_t) {
        self.uid = uid
        self.gid = gid
    }

    /// What the calling process acts as.
    public static var effective: UserIdentity { UserIdentity(uid: geteuid(), gid: getegid()) }
}
