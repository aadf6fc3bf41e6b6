#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Waiting between attempts.
public enum Pause {
    /// Sleeps, less if a signal comes.
    public static let sleeping: @Sendable (Duration) -> Void = { duration in
        let (seconds, attoseconds) = duration.components
        var time = timespec(tv_sec: Int(seconds), tv_nsec: Int(attoseconds / 1_000_000_000))
        nanosleep(&time, nil)
    }

    /// Sleeps until the time is over or `isCancelled` says so. It is asked again and again: a signal whose handler makes it true may come
    /// when it was just asked and the sleep has not begun, and then doesn't end that sleep.
    public static func sleeping(unless isCancelled: @escaping () -> Bool) -> (Duration) -> Void {
        { duration in
            let end = ContinuousClock.now + duration
            while !isCancelled(), case let rest = end - .now, rest > .zero { sleeping(min(rest, .milliseconds(100))) }
        }
    }
}

/// How often and how far apart something is tried again. Progress begins the count anew.
struct Backoff {
    private static let delays: [Duration] = [
        .milliseconds(100), .milliseconds(300), .seconds(1), .seconds(2), .seconds(4), .seconds(8), .seconds(8),
    ]
    private var failures = 0
    private var limit = delays.count

    mutating func progressed() {
        failures = 0
    }

    /// From now on about ten minutes without progress are borne.
    mutating func becomePatient() {
        limit = Self.delays.count + 75
    }

    /// The wait before the next attempt, or nil if there were enough. A server that says when to come again is not asked before, nor if
    /// that is long.
    mutating func next(after failure: TransportFailure) -> Duration? {
        guard failures < limit else { return nil }
        failures += 1
        let delay = Self.delays[min(failures, Self.delays.count) - 1]
        guard case .busy(_, let wanted?) = failure else { return delay }
        return wanted <= RetryDecision.patienceWhenAsked ? max(delay, wanted) : nil
    }
}
