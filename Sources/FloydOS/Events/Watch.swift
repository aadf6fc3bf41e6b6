internal import CFloydLinux
internal import Glibc

/// A set of descriptors that somebody waits to read from (epoll(7)), level-triggered.
public struct Watch: ~Copyable, Sendable {
    private let file: FileDescriptor

    public static func open() throws(SystemError) -> Watch {
        let raw = floyd_watch_create()
        guard raw >= 0 else { throw SystemError("epoll_create1") }
        return Watch(file: FileDescriptor(owning: raw))
    }

    public func add(_ descriptor: Int32) throws(SystemError) {
        guard floyd_watch_add(file.raw, descriptor) == 0 else { throw SystemError("epoll_ctl") }
    }

    public func remove(_ descriptor: Int32) {
        _ = floyd_watch_remove(file.raw, descriptor)
    }

    /// Waits until some are readable, and returns those.
    ///
    /// - Parameter milliseconds: how long at most; -1: for as long as it takes.
    public func wait(milliseconds: Int32 = -1) -> [Int32] {
        var ready = [Int32](repeating: 0, count: 64)
        let count = floyd_watch_wait(file.raw, &ready, Int32(ready.count), milliseconds)
        return Array(ready.prefix(max(0, Int(count))))
    }

    /// A descriptor that is readable from `ring` to `acknowledge` (eventfd(2)): wakes a waiting thread.
    public static func openBell() throws(SystemError) -> FileDescriptor {
        let raw = floyd_event()
        guard raw >= 0 else { throw SystemError("eventfd") }
        return FileDescriptor(owning: raw)
    }

    public static func ring(_ bell: borrowing FileDescriptor) {
        var one: UInt64 = 1
        _ = Glibc.write(bell.raw, &one, 8)
    }

    public static func acknowledge(_ bell: borrowing FileDescriptor) {
        var count: UInt64 = 0
        _ = Glibc.read(bell.raw, &count, 8)
    }
}
