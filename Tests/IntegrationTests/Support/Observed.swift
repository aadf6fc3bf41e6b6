import Synchronization

/// A value that threads change and tests wait for.
final class Observed<Value: Sendable>: Sendable {
    private struct State {
        var value: Value
        var watchers: [Int: AsyncStream<Void>.Continuation] = [:]
        var next = 0
    }

    private let state: Mutex<State>

    init(_ value: Value) {
        state = Mutex(State(value: value))
    }

    var value: Value { state.withLock { $0.value } }

    func change(_ body: (inout Value) -> Void) {
        let watchers = state.withLock { state in
            body(&state.value)
            return Array(state.watchers.values)
        }
        for watcher in watchers { watcher.yield() }
    }

    /// What `pick` makes of the value as soon as it makes something of it.
    ///
    /// - Throws: `FixtureFailure`, and what `pick` throws.
    func first<Picked: Sendable>(
        within limit: Duration,
        _ what: String,
        _ pick: @escaping @Sendable (Value) throws -> Picked?
    ) async throws -> Picked {
        let (changes, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let key = state.withLock { state in
            state.next += 1
            state.watchers[state.next] = continuation
            return state.next
        }
        defer { state.withLock { _ = $0.watchers.removeValue(forKey: key) } }
        if let picked = try pick(value) { return picked }
        return try await IntegrationTests.within(limit, what) {
            for await _ in changes {
                if let picked = try pick(self.value) { return picked }
            }
            throw CancellationError()
        }
    }
}
