internal import FloydModel
internal import Synchronization

/// Why each job waits, as the dispatcher last saw it. A restart forgets it until the dispatcher has looked once.
final class WaitReasons: Sendable {
    private let waits = Mutex<[ObjectID: SchedulingPlan.Wait]>([:])

    func replace(_ new: [ObjectID: SchedulingPlan.Wait]) {
        waits.withLock { $0 = new }
    }

    func reason(_ job: ObjectID) -> String? {
        waits.withLock { $0[job] }?.reason
    }
}
