internal import FloydModel
internal import FloydOS
internal import FloydStore
internal import FoundationEssentials

/// Deletes jobs and what they left: the database says so, and notes what is to be removed, before this returns; `JobRemoval` removes it.
struct JobDeleter: Sendable {
    let store: Store
    let signals: JobSignals
    /// Wakes the removal of files.
    let removal: Wake
    /// Wakes the collector, which takes the code that nothing else needs.
    let collection: Wake

    /// - Throws: as `JobQueries.delete` does.
    func delete(_ job: JobRecord, by account: Account) async throws {
        try await end(job) { try await store.jobs.delete(job.id, as: account, at: Date()) }
        collection()
    }

    /// - Throws: as `JobQueries.deleteOutput` does.
    func deleteOutput(of job: JobRecord, by account: Account) async throws {
        try await end(job) { try await store.jobs.deleteOutput(of: job.id, as: account, at: Date()) }
    }

    private func end(_ job: JobRecord, _ write: () async throws -> Void) async throws {
        // Also where it can't be known whether it was stored: looking once too often does no harm.
        defer {
            signals.moved(job.id)
            removal()
        }
        try await write()
        Failpoint.removalRecorded.reach()
    }
}
