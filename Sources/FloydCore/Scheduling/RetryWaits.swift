internal import FloydModel
internal import FloydStore
internal import Synchronization

/// Until when jobs wait that are to be tried again, and how often each came to nothing. On a clock that runs on evenly whatever is
/// done to the time of day.
///
/// A restart of the daemon forgets it: the waits of what is queued then begin anew.
final class RetryWaits: Sendable {
    fileprivate struct Wait {
        var attempt: Int
        var until: ContinuousClock.Instant
        /// Attempts since the daemon's start of which no worker came up.
        var unlaunched = 0
    }

    private let waits = Mutex<[ObjectID: Wait]>([:])
    private let backoff: RetryBackoff
    private let now: @Sendable () -> ContinuousClock.Instant

    init(backoff: RetryBackoff, now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }) {
        self.backoff = backoff
        self.now = now
    }

    /// The job is back in the queue. After a retry it waits; after an attempt that was never launched it is tried at once, and waits
    /// only if that happens again.
    func begin(_ job: JobRecord, usedRetry: Bool) {
        let now = now()
        waits.withLock { waits in
            var wait = waits[job.id] ?? Wait(attempt: job.attempt, until: now)
            wait.attempt = job.attempt
            if usedRetry {
                wait.until = now + backoff.wait(before: job.retriesUsed)
            } else {
                wait.until = wait.unlaunched > 1 ? now + backoff.wait(before: wait.unlaunched - 1) : now
            }
            waits[job.id] = wait
        }
    }

    /// Counts one more attempt of the job of which no worker came up.
    ///
    /// - Returns: how many there have been, one after the other, since the daemon's start.
    func countUnlaunched(_ job: JobRecord) -> Int {
        let now = now()
        return waits.withLock { waits in
            waits[job.id, default: Wait(attempt: job.attempt, until: now)].unlaunched += 1
            return waits[job.id]?.unlaunched ?? 1
        }
    }

    /// How long a job in the queue has to wait before it is tried again; nil: no longer. One that isn't known yet, after a restart,
    /// begins to wait now.
    func remaining(_ job: WaitingJobRecord) -> Duration? {
        guard job.attempt > 0 else { return nil }
        let now = now()
        return waits.withLock { waits in
            if waits[job.id] == nil, job.retriesUsed > 0 {
                waits[job.id] = Wait(attempt: job.attempt, until: now + backoff.wait(before: job.retriesUsed))
            }
            return waits[job.id]?.remaining(job.attempt, now)
        }
    }

    /// The same, of a job that is shown.
    func remaining(_ job: JobRecord) -> Duration? {
        guard job.attempt > 0, job.state == .queued else { return nil }
        let now = now()
        return waits.withLock { $0[job.id]?.remaining(job.attempt, now) }
    }

    /// The job has ended.
    func forget(_ job: ObjectID) {
        waits.withLock { $0[job] = nil }
    }

    /// How many are kept in memory.
    var count: Int { waits.withLock { $0.count } }
}

extension RetryWaits.Wait {
    fileprivate func remaining(_ attempt: Int, _ now: ContinuousClock.Instant) -> Duration? {
        self.attempt == attempt && until > now ? until - now : nil
    }
}
