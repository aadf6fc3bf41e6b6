internal import Synchronization

/// The attempts whose launch this process is at, or has just been at: one of which nothing can be seen yet because of that is no
/// attempt that was forgotten.
final class LaunchesUnderWay: Sendable {
    /// How long a launched worker may take to write its record.
    static let patience = Duration.seconds(5)

    fileprivate enum Launch {
        case underWay
        case ended(at: ContinuousClock.Instant)
    }

    private struct State {
        var launches: [AttemptID: Launch] = [:]
        /// The ones that have ended, the earliest first.
        var ended: [(attempt: AttemptID, at: ContinuousClock.Instant)] = []

        /// Most attempts are never asked about again.
        mutating func forgetOld(_ now: ContinuousClock.Instant) {
            let count = ended.firstIndex { now - $0.at < LaunchesUnderWay.patience } ?? ended.count
            guard count > 0 else { return }
            for launch in ended[..<count] { launches[launch.attempt] = nil }
            ended.removeFirst(count)
        }
    }

    private let state = Mutex(State())
    private let now: @Sendable () -> ContinuousClock.Instant

    init(now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }) {
        self.now = now
    }

    /// Must come before the database says that the job starts: whoever reads that looks here next.
    func begin(_ attempt: AttemptID) {
        let now = now()
        state.withLock { state in
            state.forgetOld(now)
            state.launches[attempt] = .underWay
        }
    }

    func end(_ attempt: AttemptID) {
        let now = now()
        state.withLock { state in
            state.launches[attempt] = .ended(at: now)
            state.ended.append((attempt, now))
        }
    }

    /// It did not come to a launch: nothing is to be waited for.
    func forget(_ attempt: AttemptID) {
        state.withLock { $0.launches[attempt] = nil }
    }

    func contains(_ attempt: AttemptID) -> Bool {
        state.withLock { $0.launches[attempt]?.isRecent(now()) ?? false }
    }

    /// How many are kept in memory.
    var count: Int { state.withLock { $0.launches.count } }
}

extension LaunchesUnderWay.Launch {
    fileprivate func isRecent(_ now: ContinuousClock.Instant) -> Bool {
        switch self {
        case .underWay: true
        case .ended(let at): now - at < LaunchesUnderWay.patience
        }
    }
}
