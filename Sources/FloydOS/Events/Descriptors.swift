internal import CFloydLinux
internal import Glibc

/// Signals as something to read (signalfd(2)).
public struct SignalDescriptor: ~Copyable, Sendable {
    public let file: FileDescriptor

    /// Blocks the signals in the calling thread and receives them here instead. A process of one thread is meant.
    public static func open(_ signals: [Int32]) throws(SystemError) -> SignalDescriptor {
        let raw = floyd_signals(signals, Int32(signals.count))
        guard raw >= 0 else { throw SystemError("signalfd") }
        return SignalDescriptor(file: FileDescriptor(owning: raw))
    }

    /// The next signal that has come, or nil.
    public func next() -> Int32? {
        let number = floyd_next_signal(file.raw)
        return number > 0 ? number : nil
    }
}

/// A timer on the clock that neither jumps nor stops while the machine sleeps (CLOCK_BOOTTIME, timerfd_create(2)).
public struct BootTimer: ~Copyable, Sendable {
    public let file: FileDescriptor

    public static func open() throws(SystemError) -> BootTimer {
        let raw = floyd_boot_timer()
        guard raw >= 0 else { throw SystemError("timerfd_create") }
        return BootTimer(file: FileDescriptor(owning: raw))
    }

    /// Nanoseconds since boot.
    public static var now: Int64 { floyd_boot_nanoseconds() }

    /// Becomes readable at `deadline`, in nanoseconds since boot, or never.
    public func set(_ deadline: Int64?) {
        _ = floyd_boot_timer_set(file.raw, deadline.map { max(1, $0) } ?? 0)
    }

    /// Takes note of an expiry, so that the timer isn't readable any more.
    public func acknowledge() {
        var expiries: UInt64 = 0
        _ = Glibc.read(file.raw, &expiries, 8)
    }
}

/// A file in memory (memfd_create(2)) that holds `bytes`, to be read from its start.
public func memoryFile(_ name: String, holding bytes: [UInt8]) throws(SystemError) -> FileDescriptor {
    let raw = floyd_memory_file(name)
    guard raw >= 0 else { throw SystemError("memfd_create") }
    let file = FileDescriptor(owning: raw)
    try file.write(all: bytes, at: 0)
    return file
}

/// What the process does to itself (prctl(2), close_range(2)).
public enum CurrentProcess {
    /// Orphaned descendants become children of this process rather than of init.
    public static func adoptOrphans() throws(SystemError) {
        guard floyd_set_child_subreaper() == 0 else { throw SystemError("prctl") }
    }

    /// No other process of the same user may look into this one, nor does it leave a core.
    public static func hideMemory() {
        _ = floyd_set_undumpable()
    }

    /// Is killed when its parent ends. A change of user takes this back.
    public static func dieWithParent() {
        _ = floyd_set_parent_death_signal(SIGKILL)
    }

    public static func setName(_ name: String) {
        _ = floyd_set_name(name)
    }

    /// Closes every descriptor from `first` on.
    public static func closeDescriptors(from first: Int32) {
        _ = floyd_close_from(first)
    }

    /// Keeps `descriptor` from being inherited.
    public static func closeOnExec(_ descriptor: Int32) {
        _ = floyd_set_close_on_exec(descriptor)
    }
}
