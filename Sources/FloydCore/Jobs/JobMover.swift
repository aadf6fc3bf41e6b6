internal import FloydModel
internal import FloydStore

/// Moves jobs, and tells whoever waits for that.
struct JobMover: Sendable {
    let store: Store
    let signals: JobSignals
    /// Wakes the dispatcher.
    let wake: Wake
    /// When jobs that were tried before are to be tried again.
    let retries: RetryWaits
    /// What the dispatcher may give to others although it has not been settled.
    let freed = FreedAttempts()
    var metrics = JobMetrics()

    /// As `JobQueries.move`; nil if it was late news and nothing changed.
    @discardableResult
    func move(
        _ job: JobRecord,
        from states: Set<JobState>,
        on event: JobEvent,
        _ facts: MoveFacts
    ) async throws -> JobRecord? {
        let moved: JobRecord?
        do {
            moved = try await store.jobs.move(job, from: states, on: event, facts)
        } catch {
            // Looking once too often does no harm.
            signals.moved(job.id)
            wake()
            throw error
        }
        guard let moved else { return nil }
        switch moved.state {
        case .queued: retries.begin(moved, usedRetry: moved.retriesUsed > job.retriesUsed)
        case .finished:
            retries.forget(job.id)
            metrics.ended(moved, after: facts.duration)
        case .starting, .running, .stopping: break
        }
        signals.moved(job.id)
        // Something waits again, or was freed and the dispatcher hasn't heard of that.
        if moved.state == .queued || moved.state == .finished && !freed.contains(AttemptID(job)) { wake() }
        return moved
    }

    /// Nothing of the attempt's job lives any more: the next may begin while the disk writes down how this one ended.
    func free(_ attempt: AttemptID) {
        freed.add(attempt)
        wake()
    }

    /// Claims jobs, all in one transaction; those that somebody stopped meanwhile are left out.
    func claim(_ claims: [JobClaim], _ facts: MoveFacts) async throws -> [JobRecord] {
        let claimed = try await store.jobs.claim(claims, facts)
        for job in claimed {
            signals.moved(job.id)
            metrics.claimed(job)
        }
        return claimed
    }
}
