internal import FloydAPI
internal import FloydModel
internal import FloydOS
internal import FloydProject
internal import FloydStore
internal import FoundationEssentials

/// Submitting, finding, stopping and deleting jobs.
struct JobService: JobServing {
    let store: Store
    let rules: SubmissionRules
    let requirements: JobRequirements
    let stopper: JobStopper
    let deleter: JobDeleter
    /// Keeps the code of others' jobs that are run again.
    let trees: TreeKeeping
    let view: JobView
    /// Wakes the dispatcher.
    let wake: Wake

    func submit(_ request: SubmitJobRequest, once key: RequestKey?, as account: Account) async throws -> JobResponse {
        try await store.once(key, as: account, answering: { [view] in view.response($0) }) { once in
            try await submit(request, once, account)
        }
    }

    func submit(
        _ request: SubmitJobRequest,
        _ once: KeyedWrite<JobRecord>?,
        _ account: Account
    ) async throws -> JobRecord {
        try store.ballast.checkRoom()
        // In one go on one thread: each change of threads takes longer than most of these calls.
        let choice = try await rules.environments.pool.run { [self] in
            let choice = try rules.check(request)
            try checkRequirements(request.code, of: account)
            return choice
        }
        var inputs: [NewJob.Input] = []
        for (index, mount) in request.data.enumerated() {
            inputs.append(try await input(mount, field: "data[\(index)]", as: account))
        }
        try Self.refuseTwins(inputs)
        // Also where it can't be known whether the job was stored.
        defer { wake.queued() }
        return try await store.jobs.submit(
            NewJob(
                owner: account.id,
                project: request.project,
                code: request.code,
                command: choice.command,
                environment: choice.environment.name.string,
                instanceType: choice.instanceType.name.string,
                resources: choice.instanceType.resources,
                message: choice.message,
                maxRuntime: choice.maxRuntime,
                retries: request.retries ?? 0,
                inputs: inputs,
                created: Date()
            ),
            once: once
        )
    }

    /// Blocks.
    ///
    /// - Throws: `FloydError` if the code asks for packages in a way that can't be followed.
    private func checkRequirements(_ code: ObjectID, of account: Account) throws {
        let tree = try store.trees.ofBlocking(code, owner: account.id)
        guard try requirements.find(in: Array(tree.digest)) != nil, rules.environments.uv == nil else { return }
        throw FloydError(
            .environmentUnavailable,
            "the server has no uv to install the packages of \(RequirementsFile.path) with",
            hint: "The administrator installs uv (pip install uv) or names it in the config: uv: /path/to/uv."
        )
    }

    /// What a `--data SOURCE:MOUNT` means.
    private func input(
        _ mount: SubmitJobRequest.DataMount,
        field: String,
        as account: Account
    ) async throws -> NewJob.Input {
        let chosen = try mount.mount.map { name throws(FloydError) in
            try MountPlan.validated(name, field: "\(field).mount")
        }
        switch try await store.references.source(Reference(parsing: mount.source), asking: account) {
        case .version(let version):
            return NewJob.Input(
                source: .version(version.id),
                mount: chosen ?? version.name.resource.name.string,
                isNamed: chosen != nil
            )
        case .output(let job):
            guard job.state == .finished else {
                throw FloydError(
                    .conflict,
                    "\(job.name) has not ended yet, so its output is not whole",
                    hint: "Wait for it: floydlite logs -t \(job.name)."
                )
            }
            try job.checkOutput()
            return NewJob.Input(
                source: .output(job.id),
                mount: chosen ?? job.name.resource.name.string,
                isNamed: chosen != nil
            )
        }
    }

    private static func refuseTwins(_ inputs: [NewJob.Input]) throws(FloydError) {
        var seen: Set<String> = []
        for (index, input) in inputs.enumerated() where !seen.insert(input.mount).inserted {
            throw FloydError(
                .invalidRequest,
                "two sources would be at /\(input.mount)",
                hint: "Give one of them a name of its own: --data SOURCE:NAME.",
                fields: [FloydError.Field(name: "data[\(index)].mount", message: "\(input.mount) is taken")]
            )
        }
    }

    func jobs(project: Reference?, page: PageRequest, as account: Account) async throws -> ListResponse<JobResponse> {
        let filter =
            if let project {
                JobFilter(project: try await store.references.project(project, asking: account).id)
            } else {
                JobFilter(owner: account.id)
            }
        let before = try page.cursor.map(PageRequest.id)
        let records = try await store.jobs.list(filter, before: before, limit: page.limit + 1)
        let attempts = try await store.jobs.attempts(of: Array(records.prefix(page.limit)))
        return ListResponse(records, page: page, id: \.id.string) {
            view.response($0, attempts: attempts[$0.id] ?? [])
        }
    }

    func queue(as account: Account) async throws -> [QueueEntry] {
        let records = try await store.jobs.active() + store.jobs.queue(limit: PageRequest.maximumLimit)
        let visible = records.filter { $0.owner == account.id || $0.isPublic || account.role == .admin }
        let responses = Dictionary(
            try await view.responses(visible, from: store).map { ($0.id, $0) },
            uniquingKeysWith: { $1 }
        )
        return records.map { job in
            QueueEntry(
                owner: job.name.resource.owner,
                state: job.state,
                instanceType: job.instanceType,
                job: responses[job.id]
            )
        }
    }

    func job(_ reference: Reference, as account: Account) async throws -> JobResponse {
        try await view.response(store.references.job(reference, asking: account), from: store)
    }

    func stop(_ reference: Reference, grace: Int?, as account: Account) async throws -> JobResponse {
        let job = try await owned(reference, account, to: "stop")
        return try await view.response(stopper.stop(job, grace: grace, by: account), from: store)
    }

    /// The job, if the account may change it.
    ///
    /// - Parameter verb: what it wants to do to it.
    private func owned(_ reference: Reference, _ account: Account, to verb: String) async throws -> JobRecord {
        let job = try await store.references.job(reference, asking: account)
        guard job.owner == account.id || account.role == .admin else {
            throw FloydError(.forbidden, "\(job.name) is not yours", hint: "Its owner or an admin may \(verb) it.")
        }
        return job
    }

    func delete(job reference: Reference, as account: Account) async throws {
        try await deleter.delete(exact(reference, account), by: account)
    }

    func deleteOutput(of reference: Reference, as account: Account) async throws {
        try await deleter.deleteOutput(of: exact(reference, account), by: account)
    }

    /// The job that the reference names by its number or id: the latest of a project is not what one wants to delete by mistake.
    private func exact(_ reference: Reference, _ account: Account) async throws -> JobRecord {
        let job = try await owned(reference, account, to: "delete")
        let isExact =
            switch reference.target {
            case .id(let id): id == job.id
            case .number: true
            case .name(_, _, let number): number != nil
            }
        guard isExact else {
            throw FloydError(
                .invalidRequest,
                "\(reference) names a project, not a job",
                hint: "Say which: \(job.name)."
            )
        }
        return job
    }

    func stopAll(of reference: Reference, grace: Int?, as account: Account) async throws -> [JobResponse] {
        if case .name(_, _, .some) = reference.target {
            throw FloydError(.invalidName, "\(reference) is a job, not a project", hint: "Leave out the number.")
        }
        let project = try await store.references.project(reference, asking: account)
        guard project.owner == account.id || account.role == .admin else {
            throw FloydError(
                .forbidden,
                "\(project.name) is not yours",
                hint: "Its owner or an admin may stop its jobs."
            )
        }
        let filter = JobFilter(project: project.id, states: Set(JobState.allCases).subtracting([.finished]))
        var stopped: [JobRecord] = []
        // The last one first: nothing of the project begins because something before it ended.
        for job in try await store.jobs.list(filter, limit: .max) {
            do {
                stopped.append(try await stopper.stop(job, grace: grace, by: account))
            } catch let error as FloydError where error.code == .conflict {
                // It ended by itself meanwhile.
                continue
            }
        }
        return try await view.responses(stopped.reversed(), from: store)
    }
}
