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

    private let launches = Mutex<[AttemptID: Launch]>([:])
    private let now: @Sendable () -> ContinuousClock.Instant

    init(now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }) {
        self.now = now
    }

    /// Must come before the database says that the job starts: whoever reads that looks here next.
    func begin(_ attempt: AttemptID) {
        let now = now()
        launches.withLock { launches in
            // Most attempts are never asked about again.
            launches = launches.filter { $0.value.isRecent(now) }
            launches[attempt] = .underWay
        }
    }

    func end(_ attempt: AttemptID) {
        launches.withLock { $0[attempt] = .ended(at: now()) }
    }

    /// It did not come to a launch: nothing is to be waited for.
    func forget(_ attempt: AttemptID) {
        launches.withLock { $0[attempt] = nil }
    }

    func contains(_ attempt: AttemptID) -> Bool {
        launches.withLock { $0[attempt]?.isRecent(now()) ?? false }
    }

    /// How many are kept in memory.
    var count: Int { launches.withLock { $0.count } }
}

extension LaunchesUnderWay.Launch {
    fileprivate func isRecent(_ now: ContinuousClock.Instant) -> Bool {
        switch self {
        case .underWay: true
        case .ended(let at): now - at < LaunchesUnderWay.patience
        }
    }
}
