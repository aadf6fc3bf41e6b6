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
        // Something was freed, or waits again.
        if !moved.state.isActive { wake() }
        return moved
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
