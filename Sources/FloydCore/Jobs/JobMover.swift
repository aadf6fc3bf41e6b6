internal import FloydModel
internal import FloydStore

/// Moves jobs, and tells whoever waits for that.
struct JobMover: Sendable {
    let store: Store
    let signals: JobSignals
    /// Wakes the dispatcher.
    let wake: Wake

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
            moved = try await store.jobs.move(job.id, attempt: job.attempt, from: states, on: event, facts)
        } catch {
            // A task that is cancelled at the wrong moment hears nothing of a move that was stored. Looking once too often does no harm.
            signals.moved(job.id)
            wake()
            throw error
        }
        guard let moved else { return nil }
        signals.moved(job.id)
        // Something was freed, or waits again.
        if !moved.state.isActive { wake() }
        return moved
    }
}
