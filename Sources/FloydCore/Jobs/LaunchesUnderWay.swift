internal import FloydModel
internal import Synchronization

/// The jobs whose launch this process is at, or has just been at: a job of which nothing can be seen yet because of that is no
/// job that was forgotten.
final class LaunchesUnderWay: Sendable {
    /// How long a launched worker may take to write its record.
    private static let patience = Duration.seconds(5)

    private enum Launch {
        case underWay
        case ended(at: ContinuousClock.Instant)
    }

    private let launches = Mutex<[ObjectID: Launch]>([:])
    private let now: @Sendable () -> ContinuousClock.Instant

    init(now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }) {
        self.now = now
    }

    func begin(_ job: ObjectID) {
        launches.withLock { $0[job] = .underWay }
    }

    func end(_ job: ObjectID) {
        launches.withLock { $0[job] = .ended(at: now()) }
    }

    func contains(_ job: ObjectID) -> Bool {
        launches.withLock { launches in
            switch launches[job] {
            case nil:
                return false
            case .underWay:
                return true
            case .ended(let at):
                if now() - at < Self.patience { return true }
                launches[job] = nil
                return false
            }
        }
    }

    /// Nothing more needs to be known of the job.
    func forget(_ job: ObjectID) {
        launches.withLock { $0[job] = nil }
    }
}
