internal import FloydModel
internal import Glibc
internal import Logging

/// What brings jobs from the queue to their end, and tells of it.
struct AttemptParts: Sendable {
    let mover: JobMover
    let reasons: WaitReasons
    let supervisor: AttemptSupervisor
    let dispatcher: Dispatcher
    /// Wakes the removal of deleted jobs' files.
    let removal = Wake()

    init(_ ground: Groundwork, _ configuration: ServerConfiguration, _ logger: Logger) throws {
        let retries = RetryWaits(backoff: configuration.retryBackoff)
        reasons = WaitReasons(retries: retries)
        mover = JobMover(store: ground.store, signals: JobSignals(), wake: Wake(), retries: retries)
        let launches = LaunchesUnderWay()
        supervisor = try AttemptSupervisor(
            store: ground.store,
            folder: ground.folder,
            executor: ground.executor,
            mover: mover,
            launches: launches,
            pool: ground.pool,
            logger: logger
        )
        let launcher = AttemptLauncher(
            store: ground.store,
            blobs: ground.blobs,
            folder: ground.folder,
            environments: ground.environments,
            instanceTypes: ground.instanceTypes,
            identities: ground.identities,
            plan: RunPlan(
                machine: ground.machine,
                isolation: ground.jail.runIsolation,
                gracePeriod: configuration.gracePeriod,
                cgroups: ground.cgroups,
                logLimit: configuration.logs.maximumSize,
                deviceExists: { access($0, F_OK) == 0 }
            ),
            executor: ground.executor,
            watcher: supervisor.watcher,
            mover: mover,
            launches: launches,
            pool: ground.pool,
            logger: logger
        )
        dispatcher = Dispatcher(
            store: ground.store,
            mover: mover,
            machine: ground.machine,
            launcher: launcher,
            launches: launches,
            reasons: reasons,
            logger: logger
        )
    }
}
