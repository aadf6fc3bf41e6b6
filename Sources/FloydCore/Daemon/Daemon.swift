internal import FloydBlobs
internal import FloydExecutor
internal import FloydModel
internal import FloydOS
internal import FloydRun
internal import FloydStore
internal import Glibc
public import Logging
public import ServiceLifecycle

/// The daemon without its front door: all services of one data folder, ready to be run.
///
/// One process at a time may have it; that is what the folder's lock is for.
public struct Daemon: Sendable {
    public static let version = "0.1.0"

    /// What the front door translates to.
    public let services: Services
    /// The long-running parts, in the order in which they start; they stop in reverse.
    public let parts: [any Service]
    /// What an administrator should know at start.
    public let notices: [Notice]

    /// A line for the log at start.
    public struct Notice: Sendable, Hashable {
        public var level: Logger.Level
        public var text: String
    }

    private let lock: DataFolderLock

    /// Opens the data folder, brings the database up to date and looks at the machine.
    ///
    /// - Throws: `FloydError` if another daemon has the folder, or something in it can't be used.
    public init(
        configuration: ServerConfiguration,
        environments catalog: EnvironmentCatalog,
        dataFolder: DataFolder,
        logger: Logger
    ) async throws {
        try dataFolder.prepare()
        lock = try DataFolderLock(dataFolder)
        let store = try await Store.open(path: dataFolder.database, migrating: true)
        let pool = BlockingPool(threads: 16, name: "floyd-disk")
        let blobs = try BlobStore(folder: dataFolder.blobs)

        guard let workerProgram = ExecutablePath.beside("floydlite-worker") else {
            throw FloydError(
                .unavailable,
                "floydlite-worker is not beside floydlited",
                hint: "Install floydlited and floydlite-worker into the same folder."
            )
        }
        let isRoot = geteuid() == 0
        let identities = JobIdentities(store: store, range: isRoot ? configuration.jobUIDs : nil)
        let jail = try await pool.run {
            Jail(configuration.isolation, workerProgram: workerProgram, identity: identities.builder)
        }
        let found = try await pool.run { GPUProbe.find() }
        let machine = Machine(declared: configuration.resources, found: found)
        let instanceTypes = try InstanceTypes(configuration.instanceTypes, total: machine.total)
        let environments = EnvironmentService(
            catalog: catalog,
            folder: dataFolder,
            isolation: configuration.isolation,
            defaultName: configuration.defaultEnvironment,
            uv: ExecutablePath.find(configuration.uv),
            builder: identities.builder
        )
        _ = try catalog.environment(named: configuration.defaultEnvironment)
        try environments.prepareCache()
        let executor = LocalExecutor(workerProgram: workerProgram)

        let signals = JobSignals()
        let wake = Wake()
        let reasons = WaitReasons()
        let view = JobView(isolation: configuration.isolation, reasons: reasons)
        let mover = JobMover(store: store, signals: signals, wake: wake)
        let launches = LaunchesUnderWay()
        let supervisor = try AttemptSupervisor(
            store: store,
            folder: dataFolder,
            executor: executor,
            mover: mover,
            launches: launches,
            pool: pool,
            logger: logger
        )
        let launcher = AttemptLauncher(
            store: store,
            blobs: blobs,
            folder: dataFolder,
            environments: environments,
            instanceTypes: instanceTypes,
            identities: identities,
            plan: RunPlan(
                machine: machine,
                isolation: jail.runIsolation,
                gracePeriod: configuration.gracePeriod,
                deviceExists: { access($0, F_OK) == 0 }
            ),
            executor: executor,
            watcher: supervisor.watcher,
            mover: mover,
            launches: launches,
            pool: pool,
            logger: logger
        )
        let uploads = UploadService(store: store, blobs: blobs, pool: pool, expiry: configuration.uploadExpiry)
        services = Services(
            accounts: AccountService(store: store),
            machine: MachineService(
                version: Self.version,
                isolation: configuration.isolation,
                refusal: jail.refusal,
                hasAccountUIDs: isRoot,
                instances: instanceTypes,
                declaredEnvironments: environments
            ),
            data: DataService(store: store, uploads: uploads),
            uploads: uploads,
            jobs: JobService(
                store: store,
                uploads: uploads,
                rules: SubmissionRules(
                    environments: environments,
                    instanceTypes: instanceTypes,
                    defaultEnvironment: configuration.defaultEnvironment,
                    refusal: jail.refusal
                ),
                stopper: JobStopper(store: store, mover: mover, executor: executor, folder: dataFolder, pool: pool),
                view: view,
                wake: wake
            ),
            logs: LogService(store: store, folder: dataFolder, view: view, signals: signals, pool: pool),
            outputs: OutputService(store: store, folder: dataFolder, pool: pool)
        )
        let dispatcher = Dispatcher(
            store: store,
            machine: machine,
            launcher: launcher,
            reasons: reasons,
            wake: wake,
            logger: logger
        )
        parts = [supervisor, dispatcher, UploadExpiry(uploads: uploads, logger: logger)]
        notices = Self.notices(configuration, jail, machine, isRoot: isRoot, hasUV: environments.uv != nil)
    }

    private static func notices(
        _ configuration: ServerConfiguration,
        _ jail: Jail,
        _ machine: Machine,
        isRoot: Bool,
        hasUV: Bool
    ) -> [Notice] {
        var notices: [Notice] = []
        let total = machine.total
        notices.append(
            Notice(
                level: .info,
                text: "jobs may use \(total.cpus) CPUs, \(total.memory >> 20) MiB and \(total.gpus) GPUs"
            )
        )
        if let refusal = jail.refusal {
            notices.append(Notice(level: .error, text: "jobs are refused: \(refusal)"))
        } else if configuration.isolation == .none {
            notices.append(
                Notice(level: .warning, text: "isolation is none: jobs are not kept apart from this machine")
            )
        }
        notices.append(
            isRoot
                ? Notice(
                    level: .info,
                    text: "each account's jobs run under a uid of their own, from \(configuration.jobUIDs.first) on"
                )
                : Notice(
                    level: .notice,
                    text: "all jobs run as the service's own user; namespaces alone keep accounts apart"
                )
        )
        if !hasUV {
            notices.append(
                Notice(level: .warning, text: "uv was not found, so environments can't be built: pip install uv")
            )
        }
        return notices
    }
}

/// Held while a daemon serves the folder.
private final class DataFolderLock: Sendable {
    private let lock: FileLock

    init(_ folder: DataFolder) throws {
        guard let lock = try FileLock.tryAcquire(folder.lock) else {
            throw FloydError(
                .locked,
                "another floydlited serves \(folder.path) already",
                hint: "Stop it first, or give this one another --data-dir."
            )
        }
        self.lock = lock
    }
}
