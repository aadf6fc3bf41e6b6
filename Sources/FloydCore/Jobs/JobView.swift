internal import FloydAPI
internal import FloydModel
internal import FloydStore

/// Jobs as the interface shows them.
struct JobView: Sendable {
    let isolation: ServerConfiguration.Isolation
    /// Whether each account's jobs run under a uid of their own.
    let hasAccountUIDs: Bool
    let reasons: WaitReasons
    let limits: JobLimits
    var clock = AttemptClock()

    /// The jobs with all their attempts, which are read at once.
    func responses(_ jobs: [JobRecord], from store: Store) async throws -> [JobResponse] {
        let attempts = try await store.jobs.attempts(of: jobs)
        return jobs.map { response($0, attempts: attempts[$0.id] ?? []) }
    }

    /// The job with all its attempts.
    func response(_ job: JobRecord, from store: Store) async throws -> JobResponse {
        response(job, attempts: try await store.jobs.attempts(of: [job])[job.id] ?? [])
    }

    /// - Parameter attempts: all there have been, the first one first.
    func response(_ job: JobRecord, attempts: [AttemptRecord] = []) -> JobResponse {
        let attempts = attempts.map { AttemptResponse($0, duration: clock.seconds(of: $0)) }
        return JobResponse(
            id: job.id,
            name: job.name.description,
            state: job.state,
            outcome: job.outcome,
            exitCode: job.exitCode,
            signal: job.signal,
            reason: job.state == .queued ? waitReason(of: job) : job.reason,
            created: job.created,
            started: job.started,
            finished: job.finished,
            command: job.command,
            environment: job.environment,
            instanceType: job.instanceType,
            message: job.message,
            attempt: job.attempt,
            gpus: job.gpus,
            data: job.inputs.map { input in
                JobResponse.Mount(
                    source: input.source.isOutput ? "\(input.name)/output" : input.name.description,
                    id: input.source.id,
                    path: MountPlan.shownPath(input, among: job.inputs)
                )
            },
            maxRuntime: job.maxRuntime,
            isolation: isolation.rawValue,
            uids: hasAccountUIDs ? "account" : "service",
            retries: job.retries,
            duration: attempts.last?.duration,
            attempts: attempts,
            limits: limits.response(job.instanceType),
            isPublic: job.isPublic,
            outputDeleted: job.outputDeleted
        )
    }
}

extension JobView {
    private func waitReason(of job: JobRecord) -> String? {
        guard job.isHeldBack else { return reasons.reason(job) }
        return "the account \(job.name.resource.owner) is disabled; the job waits until it is enabled again"
    }
}

extension AttemptResponse {
    fileprivate init(_ attempt: AttemptRecord, duration: Double?) {
        self.init(
            number: attempt.number,
            outcome: attempt.outcome,
            exitCode: attempt.exitCode,
            signal: attempt.signal,
            reason: attempt.reason,
            claimed: attempt.claimed,
            started: attempt.started,
            finished: attempt.finished,
            duration: duration,
            gpus: attempt.gpus
        )
    }
}

extension JobInputSource {
    var id: ObjectID {
        switch self {
        case .version(let id), .output(let id): id
        }
    }

    var isOutput: Bool {
        switch self {
        case .version: false
        case .output: true
        }
    }
}
