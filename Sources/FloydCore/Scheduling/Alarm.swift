internal import Synchronization

/// The next time at which somebody wants to be woken. However often it is asked for, there is one sleeper at most for each time that
/// is earlier than all before.
final class Alarm: Sendable {
    private let next = Mutex<ContinuousClock.Instant?>(nil)

    /// - Returns: whether somebody must sleep until then; nobody who sleeps already wakes up in time.
    func set(_ instant: ContinuousClock.Instant) -> Bool {
        next.withLock { next in
            if let next, next <= instant { return false }
            next = instant
            return true
        }
    }

    /// Whoever slept until then is awake.
    func rang(_ instant: ContinuousClock.Instant) {
        next.withLock { if $0 == instant { $0 = nil } }
    }
}
