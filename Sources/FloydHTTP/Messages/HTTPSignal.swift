import Synchronization

/// Wakes a response stream from any thread, within microseconds.
///
/// It is level-triggered: raised while nobody waits, it ends the next wait at once; raised many times, it counts as once.
/// One stream waits for it at a time.
public final class HTTPSignal: Sendable {
    struct Waiter {
        let loop: EventLoop
        let connection: ConnectionToken
        let sleep: UInt64
    }

    private struct State {
        var isRaised = false
        var waiter: Waiter?
    }

    private let state = Mutex(State())

    public init() {}

    /// Raises the signal. Never blocks for long: from another thread it is a lock and, at most, one write to an eventfd.
    public func signal() {
        let waiter = state.withLock { state -> Waiter? in
            state.isRaised = true
            defer { state.waiter = nil }
            return state.waiter
        }
        guard let waiter else { return }
        waiter.loop.inbox.post(.wake(waiter.connection, sleep: waiter.sleep))
    }

    /// Lowers the signal. True if it was raised.
    func take() -> Bool {
        state.withLock { state in
            defer { state.isRaised = false }
            return state.isRaised
        }
    }

    /// Notes who waits. False if the signal is raised, and then nobody has to.
    func park(_ waiter: Waiter) -> Bool {
        state.withLock { state in
            guard !state.isRaised else { return false }
            state.waiter = waiter
            return true
        }
    }

    func leave(_ sleep: UInt64, of connection: ConnectionToken) {
        state.withLock { state in
            if state.waiter?.sleep == sleep, state.waiter?.connection == connection { state.waiter = nil }
        }
    }
}
