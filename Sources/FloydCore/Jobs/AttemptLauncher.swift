internal import FloydBlobs
internal import FloydExecutor
internal import FloydModel
internal import FloydOS
internal import FloydProject
internal import FloydRun
internal import FloydStore
internal import FoundationEssentials
internal import Glibc
internal import Logging

/// Starts the attempt of a job that was claimed: prepares its run directory and launches the worker.
///
/// A crash in the middle leaves a run directory without a worker; the supervisor fences it and puts the job back into the queue,
/// and the next attempt gets a directory of its own, with what earlier ones left in the output.
struct AttemptLauncher: Sendable {
    let store: Store
    let blobs: BlobStore
    let folder: DataFolder
    let environments: EnvironmentService
    let instanceTypes: InstanceTypes
    let identities: JobIdentities
    let plan: RunPlan
    let executor: any Executor
    let watcher: RunWatcher
    let mover: JobMover
    let launches: LaunchesUnderWay
    let pool: BlockingPool
    let logger: Logger

    private var requirements: JobRequirements { JobRequirements(blobs: blobs) }

    /// Never fails: a job that can't be started ends as failed and says why. That the launch is under way was noted before the claim.
    func launch(_ job: JobRecord) async {
        defer { launches.end(AttemptID(job)) }
        let run = folder.run(of: job)
        do {
            if try await start(job, run) { return }
            await giveUp(job, run, on: .neverLaunched, from: [.stopping], MoveFacts(at: Date()))
        } catch {
            let reason = (error as? FloydError)?.message ?? "\(error)"
            logger.error("A job could not be started", metadata: ["job": "\(job.name)", "error": "\(error)"])
            let mayPass =
                Self.mayPass(error) && mover.retries.countUnlaunched(job) <= AttemptSupervisor.maximumUnlaunched
            let facts = MoveFacts(at: Date(), reason: "could not be started: \(reason)")
            await giveUp(job, run, on: mayPass ? .neverLaunched : .cannotStart, from: [.starting, .stopping], facts)
        }
    }

    /// Cleared away before the move: after it the next attempt may come for the output.
    private func giveUp(
        _ job: JobRecord,
        _ run: RunDirectory,
        on event: JobEvent,
        from states: Set<JobState>,
        _ facts: MoveFacts
    ) async {
        watcher.remove(run)
        try? await pool.run { try AttemptFolder(run).clear() }
        await mover.attempt(job, from: states, on: event, facts, logger: logger)
    }

    /// Whether what keeps the job from being started is the machine's state and not the job's: it may be well in a while.
    private static func mayPass(_ error: any Error) -> Bool {
        switch error {
        case let error as FloydError: [.outOfSpace, .unavailable, .environmentUnavailable].contains(error.code)
        case let error as SystemError: [ENOSPC, EDQUOT, EIO, ENOMEM, EAGAIN, EMFILE, ENFILE].contains(error.code)
        default: false
        }
    }

    /// - Returns: false if somebody stopped the job before its worker was launched, which then isn't.
    private func start(_ job: JobRecord, _ run: RunDirectory) async throws -> Bool {
        let inputs = try await inputFolders(job)
        let instanceType = try instanceTypes.type(named: job.instanceType)
        let identity = try identities.identity(of: job.name.resource.owner, offset: job.ownerUIDOffset)
        let earlier = Array(folder.runs(of: job).dropFirst())
        // In one go on one thread: each change of threads takes longer than most of these calls.
        return try await pool.run {
            let preparation = try environments.preparation(named: job.environment, under: plan.isolation)
            let requirements = try requirements.find(in: Array(job.codeDigest))
            let layer = try requirements.map { file in
                let order = LayerOrder(
                    requirements: file,
                    code: try self.requirements.part(read: file, in: Array(job.codeDigest)),
                    account: job.owner,
                    identity: identity,
                    network: instanceType.network == .host ? .host : .none,
                    run: run
                )
                return try environments.layer(over: job.environment, order, under: plan.isolation)
            }
            let spec = plan.spec(
                job,
                inputs: inputs,
                preparation: preparation,
                layer: layer,
                instanceType: instanceType,
                identity: identity
            )
            if !earlier.isEmpty { try AttemptFolder(run).takeOutput(of: earlier) }
            try AttemptFolder(run).prepare(for: identity, isPassable: plan.isolation == .none)
            try blobs.copyTree(Array(job.codeDigest), to: run.home, owner: identity.map { ($0.uid, $0.gid) })
            if let requirements {
                let file = try FileDescriptor.open(run.requirements, O_WRONLY | O_CREAT | O_EXCL)
                // The job's user reads it.
                try file.changeMode(0o644)
                try file.write(all: requirements.installed)
            }
            // Not synced: if the machine fails the attempt is over anyway, and the next one writes its own.
            let file = try FileDescriptor.open(run.spec, O_WRONLY | O_CREAT | O_EXCL)
            try file.write(all: spec.encoded())
            watcher.add(run)
            // Whoever stopped the job since it was claimed found no worker to tell. Whoever stops it from here on may find none yet,
            // either: the supervisor tells the worker once it sees one.
            let present = try store.jobs.standingBlocking(of: job.id)
            guard let present, present.state == .starting, present.attempt == job.attempt else { return false }
            Failpoint.launchPrepared.reach()
            try executor.launch(run)
            Failpoint.launchLaunched.reach()
            return true
        }
    }

    /// The folders on this machine that the job's inputs are.
    private func inputFolders(_ job: JobRecord) async throws -> [String] {
        var folders: [String] = []
        for input in job.inputs {
            switch input.source {
            case .version(let id):
                guard let version = try await store.versions.get(id) else {
                    throw FloydError(.datasetNotFound, "\(input.name) is gone")
                }
                folders.append(try await pool.run { [blobs] in try blobs.materialise(Array(version.digest)) })
            case .output(let id):
                guard let source = try await store.jobs.get(id) else {
                    throw FloydError(.jobNotFound, "\(input.name) is gone")
                }
                let (runs, latest) = (folder.runs(of: source), folder.run(of: source).output)
                folders.append(try await pool.run { try AttemptFolder.output(among: runs) ?? latest })
            }
        }
        return folders
    }
}

extension JobMover {
    /// `move` where nobody is left to tell of a failure but the log: the supervisor tries again what did not come about.
    func attempt(
        _ job: JobRecord,
        from states: Set<JobState>,
        on event: JobEvent,
        _ facts: MoveFacts,
        logger: Logger
    ) async {
        do {
            try await move(job, from: states, on: event, facts)
        } catch {
            logger.error("A move could not be stored", metadata: ["job": "\(job.name)", "error": "\(error)"])
        }
    }
}
