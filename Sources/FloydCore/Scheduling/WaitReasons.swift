internal import FloydModel
internal import FloydStore
internal import Synchronization

/// Why each job waits, as the dispatcher last saw it. A restart forgets it until the dispatcher has looked once.
final class WaitReasons: Sendable {
    private let waits = Mutex<[ObjectID: SchedulingPlan.Wait]>([:])
    private let retries: RetryWaits

    init(retries: RetryWaits) {
        self.retries = retries
    }

    /// - Parameter isWhole: whether the plan is of the whole queue; else what was said of jobs that it didn't come to still stands.
    func replace(_ new: [ObjectID: SchedulingPlan.Wait], isWhole: Bool = true) {
        waits.withLock { waits in
            if isWhole { waits = new } else { waits.merge(new) { $1 } }
        }
    }

    /// Why the job, which is queued, waits; nil if nothing is known.
    func reason(_ job: JobRecord) -> String? {
        guard let remaining = retries.remaining(job) else { return waits.withLock { $0[job.id] }?.reason ?? job.reason }
        let seconds = max(1, remaining.components.seconds + (remaining.components.attoseconds > 0 ? 1 : 0))
        let count = job.retriesUsed > 0 ? " (retry \(job.retriesUsed) of \(job.retries))" : ""
        return "\(job.reason ?? "attempt \(job.attempt) came to nothing"); tried again in \(seconds) s\(count)"
    }
}
