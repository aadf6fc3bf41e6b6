import FloydAPI
import FloydCore
import FloydModel
import Synchronization

/// A log that brings what it was given, and what is pushed to it later.
final class FakeLogReader: LogFollowing {
    private struct State {
        var batches: [[LogStreamEvent]]
        var onChange: (@Sendable () -> Void)?
        var position = LogPosition(attempt: 1, offset: 0)
    }

    private let state: Mutex<State>
    private let job = ObjectID()

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
        state.withLock { state in
            guard !state.batches.isEmpty else { return [] }
            let events = state.batches.removeFirst()
            for case .log(_, let position) in events { state.position = position }
            return events
        }
    }

    var place: LogPlace {
        let position = state.withLock { $0.position }
        return LogPlace(job: job, attempt: position.attempt, streams: [.stdout], offset: position.offset)
    }

    func skip(to offset: Int64) {
        state.withLock { $0.position.offset = offset }
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
