internal import FloydExecutor
internal import FloydModel
internal import FloydOS
internal import FloydStore
internal import FoundationEssentials

/// Stops jobs: first the wish is stored, then it is passed on. Where it gets lost in between, the supervisor passes it on again.
struct JobStopper: Sendable {
    let store: Store
    let mover: JobMover
    let executor: any Executor
    let folder: DataFolder
    let pool: BlockingPool

    /// - Throws: `conflict` if the job has ended.
    func stop(_ job: JobRecord, grace: Int? = nil, by account: Account) async throws -> JobRecord {
        var job = job
        let facts = MoveFacts(at: Date(), reason: "stopped by \(account.name)")
        // It may move on between reading and writing, a few times at most: states only go forward within an attempt.
        for _ in JobState.allCases {
            switch job.state {
            case .finished:
                throw FloydError(
                    .conflict,
                    "\(job.name) has ended already (\(job.outcome?.rawValue ?? "finished"))",
                    hint: "See how: floydlite info \(job.name)."
                )
            case .stopping:
                return job
            case .queued, .starting, .running:
                if let stopped = try await mover.move(job, from: [job.state], on: .stop, facts) {
                    if stopped.state == .stopping { await pass(stopped) }
                    return stopped
                }
                guard let fresh = try await store.jobs.get(job.id) else {
                    throw FloydError(.jobNotFound, "\(job.name) was deleted meanwhile")
                }
                job = fresh
            }
        }
        throw FloydError(.conflict, "\(job.name) keeps changing", hint: "Try again.")
    }

    private func pass(_ job: JobRecord) async {
        let run = folder.run(of: job)
        // What goes wrong here is tried again by the supervisor, which sees a job that is stopping and lives.
        _ = try? await pool.run { [executor] in try executor.stop(run, grace: nil) }
    }
}
