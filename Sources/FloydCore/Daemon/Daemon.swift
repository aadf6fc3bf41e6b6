internal import FloydBlobs
internal import FloydModel
internal import FloydOS
public import Logging
public import ServiceLifecycle

/// The daemon without its front door: all services of one data folder, ready to be run.
///
/// One process at a time may have it; that is what the folder's lock is for.
public struct Daemon: Sendable {
    public static let version = "0.2.0"

    /// What the front door translates to.
    public let services: Services
    /// The long-running parts, in the order in which they start; they stop in reverse.
    public let parts: [any Service]
    /// What an administrator should know at start.
    public let notices: [Notice]

    private let hold: DataFolderHold

    /// Brings the database up to date and looks at the machine, which may take a while.
    ///
    /// - Throws: `FloydError` if something in the folder can't be used.
    public init(
        configuration: ServerConfiguration,
        environments catalog: EnvironmentCatalog,
        dataFolder hold: DataFolderHold,
        logger: Logger
    ) async throws {
        let localUsers = try LocalUsers(configuration.localSocket?.users ?? [:], jobs: configuration.jobUIDs)
        self.hold = hold
        let ground = try await Groundwork(configuration, catalog, hold.folder)
        let attempts = try AttemptParts(ground, configuration, logger)
        let data = DataParts(store: ground.store, blobs: ground.blobs, pool: ground.pool, configuration)
        let ballast = BallastKeeping(
            ground.store,
            reserve: data.storage.reserve,
            pool: ground.pool,
            logger: logger
        )
        try await ballast.begin()
        try await data.completeSizes()
        let preparation = TreePreparation(blobs: ground.blobs, logger: logger)
        let archives = ArchiveParts(ground, data, configuration, logger)
        services = Services(ground, localUsers, attempts, data, preparation, archives, configuration)
        parts = [
            ballast, attempts.supervisor, attempts.dispatcher, UploadExpiry(uploads: data.uploads, logger: logger),
            archives.settlement, preparation,
            JobRemoval(
                remover: JobRemover(store: ground.store, folder: ground.folder, pool: data.longPool),
                wake: attempts.removal,
                logger: logger
            ),
            GarbageCollection(
                collector: data.collector,
                wake: data.wake,
                grace: configuration.storage.grace,
                logger: logger
            ),
            LayerCollection(
                collector: LayerCollector(
                    store: ground.store,
                    folder: ground.folder,
                    pool: data.longPool,
                    isDiskShort: { [storage = data.storage] in storage.isDiskShort }
                ),
                logger: logger
            ),
        ]
        notices = Notice.all(ground, configuration)
    }
}

extension Services {
    fileprivate init(
        _ ground: Groundwork,
        _ localUsers: LocalUsers,
        _ attempts: AttemptParts,
        _ data: DataParts,
        _ preparation: TreePreparation,
        _ archives: ArchiveParts,
        _ configuration: ServerConfiguration
    ) {
        let hasAccountUIDs = ground.identities.range != nil
        let view = JobView(
            isolation: configuration.isolation,
            hasAccountUIDs: hasAccountUIDs,
            reasons: attempts.reasons,
            limits: JobLimits(instanceTypes: ground.instanceTypes, enforcement: ground.cgroups.enforcement)
        )
        self.init(
            accounts: AccountService(store: ground.store, localUsers: localUsers),
            machine: MachineService(
                version: Daemon.version,
                isolation: configuration.isolation,
                refusal: ground.jail.refusal,
                hasAccountUIDs: hasAccountUIDs,
                instances: ground.instanceTypes,
                contentHash: ground.blobs.hashAlgorithm,
                declaredEnvironments: ground.environments
            ),
            data: DataService(
                store: ground.store,
                uploads: data.uploads,
                outputs: OutputTrees(store: ground.store, folder: ground.folder, trees: data.longTrees),
                preparation: preparation
            ),
            trees: TreeService(store: ground.store, blobs: ground.blobs, pool: ground.pool),
            uploads: data.uploads,
            differences: DifferenceService(store: ground.store, blobs: ground.blobs, pool: ground.pool),
            archives: archives.service,
            versions: VersionService(
                store: ground.store,
                blobs: ground.blobs,
                pool: data.longPool,
                wake: data.wake
            ),
            jobs: JobService(
                store: ground.store,
                rules: SubmissionRules(
                    environments: ground.environments,
                    instanceTypes: ground.instanceTypes,
                    defaultEnvironment: configuration.defaultEnvironment,
                    refusal: ground.jail.refusal
                ),
                requirements: JobRequirements(blobs: ground.blobs),
                stopper: JobStopper(
                    store: ground.store,
                    mover: attempts.mover,
                    executor: ground.executor,
                    folder: ground.folder,
                    pool: ground.pool,
                    gracePeriod: Int(configuration.gracePeriod.components.seconds)
                ),
                deleter: JobDeleter(
                    store: ground.store,
                    signals: attempts.mover.signals,
                    removal: attempts.removal,
                    collection: data.wake
                ),
                trees: data.trees,
                view: view,
                wake: attempts.mover.wake
            ),
            logs: LogService(
                store: ground.store,
                folder: ground.folder,
                view: view,
                signals: attempts.mover.signals,
                pool: ground.pool
            ),
            outputs: OutputService(store: ground.store, folder: ground.folder, pool: ground.pool),
            events: EventService(store: ground.store, signals: attempts.mover.signals),
            metrics: MetricsService(
                store: ground.store,
                pool: ground.pool,
                machine: ground.machine,
                jobs: attempts.mover.metrics,
                freed: attempts.mover.freed,
                folder: ground.blobs.folder,
                reserve: data.storage.reserve
            )
        )
    }
}
