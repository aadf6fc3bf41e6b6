internal import FloydExecutor
internal import FloydModel
internal import FloydOS
internal import FloydStore
internal import FoundationEssentials

/// Stops jobs: first the wish is stored, then it is passed on. Where it gets lost in between, the supervisor passes it on again.
struct JobStopper: Sendable {
    /// A day.
    static let longestGrace = 86_400

    let store: Store
    let mover: JobMover
    let executor: any Executor
    let folder: DataFolder
    let pool: BlockingPool
    /// Seconds between SIGTERM and SIGKILL where nobody says otherwise.
    let gracePeriod: Int

    /// - Parameter grace: seconds between SIGTERM and SIGKILL, 0 for none; nil: as the server has it. A job that was told to stop
    ///   before ends sooner if this is less, and never later.
    /// - Throws: `conflict` if the job has ended, `invalidRequest` for a grace period that is none.
    func stop(_ job: JobRecord, grace: Int? = nil, by account: Account) async throws -> JobRecord {
        if let grace, !(0...Self.longestGrace).contains(grace) {
            throw FloydError(
                .invalidRequest,
                "the grace period is \(grace) seconds",
                hint: "Give 0 to \(Self.longestGrace) seconds, a day.",
                fields: [FloydError.Field(name: "grace", message: "not between 0 and \(Self.longestGrace)")]
            )
        }
        var job = job
        let facts = MoveFacts(at: Date(), reason: "stopped by \(account.name)", stopGrace: grace)
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
                if let hurried = try await hurry(job, grace) { return hurried }
            case .queued, .starting, .running:
                if let stopped = try await mover.move(job, from: [job.state], on: .stop, facts) {
                    Failpoint.stopStored.reach()
                    if stopped.state == .stopping { await pass(stopped) }
                    return stopped
                }
            }
            guard let fresh = try await store.jobs.get(job.id) else {
                throw FloydError(.jobNotFound, "\(job.name) was deleted meanwhile")
            }
            job = fresh
        }
        throw FloydError(.conflict, "\(job.name) keeps changing", hint: "Try again.")
    }

    /// Passes on that a job which was told to stop before has less time for it than it was told; nil if it has moved on.
    private func hurry(_ job: JobRecord, _ grace: Int?) async throws -> JobRecord? {
        guard let grace, grace < job.stopGrace ?? gracePeriod else { return job }
        guard try await store.jobs.setStopGrace(grace, job.id, attempt: job.attempt) else { return nil }
        Failpoint.stopStored.reach()
        var hurried = job
        hurried.stopGrace = grace
        await pass(hurried)
        return hurried
    }

    private func pass(_ job: JobRecord) async {
        let run = folder.run(of: job)
        // What goes wrong here is tried again by the supervisor, which sees a job that is stopping and lives.
        _ = try? await pool.run { [executor] in try executor.stop(run, grace: job.stopGrace) }
    }
}
