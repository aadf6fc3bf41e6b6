internal import Glibc
internal import Synchronization

/// Threads of its own for calls that block (disk, locks), so that they never hold up an event loop or Swift's cooperative pool.
///
/// Work is taken in the order it came. The threads live as long as the process: a pool is made once, at its start.
public final class BlockingPool: Sendable {
    private let queue = WorkQueue()

    /// - Parameter isIdle: whether its work is to wait for processors and disks that nothing else wants.
    public init(threads: Int, name: String, isIdle: Bool = false) {
        for index in 0..<max(1, threads) {
            Thread.start(name: "\(name)-\(index)") { [queue] in
                if isIdle { Thread.yieldToAll() }
                while true { queue.next()() }
            }
        }
    }

    /// Runs `body` on one of the pool's threads, some time; nobody waits for it.
    public func start(_ body: @escaping @Sendable () -> Void) {
        queue.add(body)
    }

    /// Runs `body` on one of the pool's threads and brings back what it returns or throws.
    ///
    /// A cancelled caller still waits: a blocking call that has begun is not broken off halfway.
    public func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withUnsafeThrowingContinuation { continuation in
            queue.add { continuation.resume(with: Result(catching: body)) }
        }
    }
}

/// A first-in first-out queue between threads.
private final class WorkQueue: Sendable {
    private struct Pending {
        var items: [@Sendable () -> Void] = []
        var head = 0
    }

    private let pending = Mutex(Pending())
    private let available = Semaphore()

    func add(_ item: @escaping @Sendable () -> Void) {
        pending.withLock { $0.items.append(item) }
        available.post()
    }

    /// Waits for the next item.
    func next() -> @Sendable () -> Void {
        while true {
            available.wait()
            let item = pending.withLock { pending -> (@Sendable () -> Void)? in
                guard pending.head < pending.items.count else { return nil }
                let item = pending.items[pending.head]
                pending.head += 1
                if pending.head == pending.items.count {
                    pending.items.removeAll(keepingCapacity: true)
                    pending.head = 0
                }
                return item
            }
            if let item { return item }
        }
    }
}
