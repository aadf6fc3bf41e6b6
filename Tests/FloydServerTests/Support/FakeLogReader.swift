import FloydCore
import Synchronization

/// A log that brings what it was given, and what is pushed to it later.
final class FakeLogReader: LogFollowing {
    private struct State {
        var batches: [[LogStreamEvent]]
        var onChange: (@Sendable () -> Void)?
    }

    private let state: Mutex<State>

    init(_ batches: [[LogStreamEvent]] = []) {
        state = Mutex(State(batches: batches))
    }

    func push(_ events: [LogStreamEvent]) {
        let onChange = state.withLock { state in
            state.batches.append(events)
            return state.onChange
        }
        onChange?()
    }

    var isSubscribed: Bool { state.withLock { $0.onChange != nil } }

    func next(follow: Bool) async throws -> [LogStreamEvent] {
        state.withLock { $0.batches.isEmpty ? [] : $0.batches.removeFirst() }
    }

    func subscribe(_ onChange: @escaping @Sendable () -> Void) -> any Sendable {
        state.withLock { $0.onChange = onChange }
        return Subscription { [weak self] in self?.state.withLock { $0.onChange = nil } }
    }

    private final class Subscription: Sendable {
        let onEnd: @Sendable () -> Void

        init(onEnd: @escaping @Sendable () -> Void) { self.onEnd = onEnd }
        deinit { onEnd() }
    }
}
