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

    func response(_ job: JobRecord) -> JobResponse {
        JobResponse(
            id: job.id,
            name: job.name.description,
            state: job.state,
            outcome: job.outcome,
            exitCode: job.exitCode,
            signal: job.signal,
            reason: job.state == .queued ? reasons.reason(job.id) ?? job.reason : job.reason,
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
            limits: limits.response(job.instanceType)
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
