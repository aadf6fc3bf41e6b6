internal import Synchronization

/// Which attempts are being looked at: each by one at a time, who looks again if there was news meanwhile.
final class ReviewsUnderWay: Sendable {
    private struct State {
        /// Whether there was news since the look began.
        var hasNews: [AttemptID: Bool] = [:]
        /// Attempts whose command was seen to start, and that are to be looked at a little later.
        var started: Set<AttemptID> = []
    }

    private let state = Mutex(State())

    /// False if somebody else looks at it, who will look again.
    func begin(_ attempt: AttemptID) -> Bool {
        state.withLock { state in
            state.started.remove(attempt)
            defer { state.hasNews[attempt] = state.hasNews[attempt] != nil }
            return state.hasNews[attempt] == nil
        }
    }

    /// Whether it must be looked at once more; if not, the look is over.
    func mustLookAgain(_ attempt: AttemptID) -> Bool {
        state.withLock { state in
            guard state.hasNews[attempt] == true else {
                state.hasNews[attempt] = nil
                return false
            }
            state.hasNews[attempt] = false
            return true
        }
    }

    /// The attempt's command started, which isn't urgent.
    func noteStart(_ attempt: AttemptID) {
        state.withLock { _ = $0.started.insert(attempt) }
    }

    /// Whether nobody has looked at the attempt since its start was noted.
    func isStartUnseen(_ attempt: AttemptID) -> Bool {
        state.withLock { $0.started.contains(attempt) }
    }
}
