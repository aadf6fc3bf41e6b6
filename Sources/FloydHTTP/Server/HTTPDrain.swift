import Synchronization

/// What servers have in common that stop together: none closes its socket while another one still has requests under way.
///
/// From its stop on, a server takes new connections as ever and refuses the requests on them, for as long as those last that are under way.
/// Whoever asks meanwhile hears when to come again, and isn't left to guess whether anybody is there.
public final class HTTPDrain: Sendable {
    private let state = Mutex(State())

    private struct State {
        var loops: [EventLoop] = []
        /// Those of `loops` that have not told that they are done.
        var busy = 0
    }

    public init() {}

    /// Counts in a server's loops, before they run.
    func enter(_ loops: [EventLoop]) {
        state.withLock { state in
            state.loops += loops
            state.busy += loops.count
        }
    }

    /// A loop that has stopped has nothing under way any more. With the last one, all of them end.
    func leave() {
        let over = state.withLock { state -> [EventLoop] in
            state.busy -= 1
            guard state.busy == 0 else { return [] }
            defer { state.loops = [] }
            return state.loops
        }
        for loop in over { loop.inbox.post(.end) }
    }
}
