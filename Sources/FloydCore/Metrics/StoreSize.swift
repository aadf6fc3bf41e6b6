internal import FloydStore
internal import Synchronization

/// Bytes of all contents, counted some minutes ago: counting reads a row for each of what may be millions.
final class StoreSize: Sendable {
    private struct State {
        var bytes: Int64?
        var counted: ContinuousClock.Instant?
        var isCounting = false
    }

    private static let age = Duration.seconds(300)
    private let state = Mutex(State())
    private let count: @Sendable () async throws -> Int64
    private let now: @Sendable () -> ContinuousClock.Instant

    init(
        count: @escaping @Sendable () async throws -> Int64,
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        self.count = count
        self.now = now
    }

    /// Counts anew if it is time and nobody does; whoever asks meanwhile has what was counted before.
    func bytes() async throws -> Int64? {
        let isDue = state.withLock { state in
            if state.isCounting { return false }
            if let counted = state.counted, now() - counted < Self.age { return false }
            state.isCounting = true
            return true
        }
        guard isDue else { return state.withLock { $0.bytes } }
        do {
            let bytes = try await count()
            state.withLock { $0 = State(bytes: bytes, counted: now()) }
            return bytes
        } catch {
            state.withLock { $0.isCounting = false }
            throw error
        }
    }
}
