internal import FloydAPI
internal import FloydModel
internal import FloydStore

/// What is submitted when a job is to be run again.
struct RestartPlan: Sendable {
    let job: JobRecord
    let changes: RestartJobRequest

    var instanceType: String { changes.instanceType ?? job.instanceType }

    /// - Parameters:
    ///   - code: the job's code, as a tree of whoever runs it again.
    ///   - longest: seconds that the instance type allows; nil: no limit.
    func request(code: ObjectID, longest: Int?) -> SubmitJobRequest {
        SubmitJobRequest(
            project: changes.project ?? job.name.resource.name,
            code: code,
            command: changes.command ?? job.command,
            environment: changes.environment ?? job.environment,
            instanceType: instanceType,
            data: changes.data ?? job.inputs.map(Self.mount),
            message: changes.message ?? job.message,
            maxRuntime: changes.maxRuntime ?? inherited(longest),
            retries: changes.retries ?? job.retries
        )
    }

    /// The time that the job had: where it asked for none that is what its instance type allowed, so it is no reason to refuse it on one that
    /// allows less.
    private func inherited(_ longest: Int?) -> Int? {
        guard let seconds = job.maxRuntime, let longest else { return job.maxRuntime }
        return min(seconds, longest)
    }

    /// By its full name, which says in a refusal what is missing; numbers are never given twice.
    private static func mount(_ input: JobInputRecord) -> SubmitJobRequest.DataMount {
        SubmitJobRequest.DataMount(
            source: input.source.isOutput ? "\(input.name)/output" : input.name.description,
            mount: input.isNamed ? input.mount : nil
        )
    }
}

extension JobService {
    func restart(
        _ reference: Reference,
        _ request: RestartJobRequest,
        once key: RequestKey?,
        as account: Account
    ) async throws -> JobResponse {
        try await store.once(key, as: account, answering: { [view] in view.response($0) }) { once in
            let job = try await store.references.job(reference, asking: account)
            guard job.state == .finished else {
                throw FloydError(
                    .conflict,
                    "\(job.name) has not ended yet",
                    hint: "Wait for it, floydlite logs -t \(job.name), or stop it: floydlite stop \(job.name)."
                )
            }
            guard let tree = try await store.trees.get(job.code) else {
                throw FloydError(.jobNotFound, "\(job.name) was deleted meanwhile")
            }
            let code = try await trees.adopt(tree, for: account.id)
            let plan = RestartPlan(job: job, changes: request)
            let type = rules.instanceTypes.types.first { $0.name.string == plan.instanceType }
            return try await submit(plan.request(code: code.id, longest: type?.limits.maxRuntime), once, account)
        }
    }
}
