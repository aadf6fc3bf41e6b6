internal import CFloydLinux
internal import Glibc

/// Threads outside Swift's cooperative pool, for loops that block for good.
public enum Thread {
    private final class Body: Sendable {
        let run: @Sendable () -> Void

        init(_ run: @escaping @Sendable () -> Void) {
            self.run = run
        }
    }

    /// Lets the calling thread run only where nothing else wants to (SCHED_IDLE, sched(7); IOPRIO_CLASS_IDLE, ioprio_set(2)). Where the
    /// system forbids it, it goes on as it was.
    static func yieldToAll() {
        floyd_yield_to_all()
    }

    /// Starts a detached thread with all signals blocked, so that signals reach the thread that waits for them.
    ///
    /// - Parameter name: shown by `ps -L`; the kernel keeps 15 bytes.
    public static func start(name: String, _ body: @escaping @Sendable () -> Void) {
        var all = sigset_t()
        var previous = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_BLOCK, &all, &previous)
        defer { pthread_sigmask(SIG_SETMASK, &previous, nil) }
        var thread = pthread_t()
        let name = String(name.utf8.prefix(15)) ?? ""
        let argument = Unmanaged.passRetained(
            Body {
                floyd_name_thread(name)
                body()
            }
        ).toOpaque()
        let code = pthread_create(
            &thread,
            nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            },
            argument
        )
        precondition(code == 0, "no thread could be started: error \(code)")
        pthread_detach(thread)
    }
}

/// A counting semaphore between threads (sem_overview(7)).
public final class Semaphore: Sendable {
    // The semaphore's memory must not move while threads wait on it, hence the pointer; sem_post and sem_wait synchronise themselves.
    nonisolated(unsafe) private let semaphore: UnsafeMutablePointer<sem_t>

    public init() {
        semaphore = .allocate(capacity: 1)
        sem_init(semaphore, 0, 0)
    }

    deinit {
        sem_destroy(semaphore)
        semaphore.deallocate()
    }

    public func post() {
        sem_post(semaphore)
    }

    public func wait() {
        while sem_wait(semaphore) == -1 && errno == EINTR {}
    }
}
