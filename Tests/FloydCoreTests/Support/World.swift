import FloydAPI
import FloydBlobs
import FloydExecutor
import FloydModel
import FloydOS
import FloydRun
import FloydStore
import Foundation
import Logging

@testable import FloydCore

/// The services of a data folder of its own, with two accounts and an admin, on a machine that is made up; the folder goes with it.
final class World: Sendable {
    /// Threads can't be ended, so all tests share them.
    static let pool = BlockingPool(threads: 4, name: "tests")

    let root: String
    let folder: DataFolder
    let store: Store
    let blobs: BlobStore
    let executor = FakeExecutor()
    let mover: JobMover
    let launches: LaunchesUnderWay
    let reasons: WaitReasons
    let clock = TestClock()
    let alice: Account
    let bob: Account
    let admin: Account

    var pool: BlockingPool { Self.pool }

    static func with(_ body: (World) async throws -> Void) async throws {
        let world = try await World()
        try await body(world)
        try await world.store.close()
    }

    private init() async throws {
        root = try Scratch.make()
        folder = DataFolder("\(root)/data")
        try folder.prepare()
        store = try await Store.open(path: folder.database, migrating: true)
        blobs = try BlobStore(folder: folder.blobs)
        let retries = RetryWaits(backoff: RetryBackoff(), now: clock.now)
        reasons = WaitReasons(retries: retries)
        mover = JobMover(store: store, signals: JobSignals(), wake: Wake(), retries: retries)
        launches = LaunchesUnderWay(now: clock.now)
        let accounts = store.accounts
        alice = try await accounts.addUser(Name("alice"), at: Date()).account
        bob = try await accounts.addUser(Name("bob"), at: Date()).account
        admin = try await accounts.addUser(Name("root"), role: .admin, at: Date()).account
    }

    deinit {
        try? FileManager.default.removeItem(atPath: root)
    }

    // MARK: - Services

    func uploads(
        expiry: Duration = .seconds(3_600),
        now: @escaping @Sendable () -> Date = { Date() }
    ) -> UploadService {
        UploadService(store: store, blobs: blobs, pool: pool, expiry: expiry, trees: trees(), now: now)
    }

    func trees(_ storage: StorageGuard? = nil, grace: Duration = .zero) -> TreeKeeping {
        let storage = storage ?? StorageGuard(store: store, blobs: blobs, settings: .init())
        return TreeKeeping(store: store, blobs: blobs, pool: pool, storage: storage, grace: grace)
    }

    var data: DataService {
        let outputs = OutputTrees(store: store, folder: folder, trees: trees())
        return DataService(
            store: store,
            uploads: uploads(),
            outputs: outputs,
            preparation: TreePreparation(blobs: blobs, logger: quiet)
        )
    }

    var view: JobView {
        JobView(
            isolation: .bubblewrap,
            hasAccountUIDs: true,
            reasons: reasons,
            limits: JobLimits(instanceTypes: types, enforcement: .cgroup1)
        )
    }

    private var types: InstanceTypes {
        (try? instanceTypes()) ?? { preconditionFailure("the default config has instance types") }()
    }

    var stopper: JobStopper {
        JobStopper(store: store, mover: mover, executor: executor, folder: folder, pool: pool, gracePeriod: 10)
    }

    /// Woken when something is to be removed, or collected.
    let removal = Wake()
    let collection = Wake()

    var deleter: JobDeleter {
        JobDeleter(store: store, signals: mover.signals, removal: removal, collection: collection)
    }

    var remover: JobRemover { JobRemover(store: store, folder: folder, pool: pool) }

    var logs: LogService {
        LogService(store: store, folder: folder, view: view, signals: mover.signals, pool: pool)
    }

    var outputs: OutputService { OutputService(store: store, folder: folder, pool: pool) }

    let machine = Machine(
        declared: .init(cpus: 4, memory: 16 << 30, gpus: [0, 1]),
        found: [GPU(index: 0, uuid: "GPU-a", minor: 0), GPU(index: 1, uuid: "GPU-b", minor: 1)]
    )

    static let cgroups = CgroupSite(hierarchies: [
        .init(version: 1, controllers: [.memory, .pids], folder: "/sys/fs/cgroup/x")
    ])

    func instanceTypes() throws -> InstanceTypes {
        try InstanceTypes(ServerConfiguration().instanceTypes, total: machine.total)
    }

    func environments(
        uv: String? = "/usr/bin/uv",
        interpreter: @escaping @Sendable (String) -> String? = { $0 == "3.11" ? "/usr/bin/python3.11" : nil }
    ) throws -> EnvironmentService {
        EnvironmentService(
            catalog: try EnvironmentCatalog(
                yaml: """
                    python: {python: "3.11"}
                    future: {python: "4.0"}
                    """,
                file: "environments.yml"
            ),
            folder: folder,
            isolation: .bubblewrap,
            defaultName: "python",
            uv: uv,
            builder: nil,
            pool: pool,
            interpreter: interpreter
        )
    }

    func jobs(refusal: FloydError? = nil) throws -> JobService {
        JobService(
            store: store,
            rules: SubmissionRules(
                environments: try environments(),
                instanceTypes: try instanceTypes(),
                defaultEnvironment: "python",
                refusal: refusal
            ),
            requirements: JobRequirements(blobs: blobs),
            stopper: stopper,
            deleter: deleter,
            trees: trees(),
            view: view,
            wake: mover.wake
        )
    }

    func supervisor() throws -> AttemptSupervisor {
        try AttemptSupervisor(
            store: store,
            folder: folder,
            executor: executor,
            mover: mover,
            launches: launches,
            pool: pool,
            logger: quiet
        )
    }

    func launcher(watcher: RunWatcher) throws -> AttemptLauncher {
        AttemptLauncher(
            store: store,
            blobs: blobs,
            folder: folder,
            environments: try environments(),
            instanceTypes: try instanceTypes(),
            identities: JobIdentities(range: nil),
            plan: RunPlan(
                machine: machine,
                isolation: .bubblewrap(program: "/usr/bin/bwrap"),
                gracePeriod: .seconds(10),
                cgroups: Self.cgroups,
                logLimit: 7 << 20,
                deviceExists: { _ in true }
            ),
            executor: executor,
            watcher: watcher,
            mover: mover,
            launches: launches,
            pool: pool,
            logger: quiet
        )
    }

    func dispatcher(watcher: RunWatcher) throws -> Dispatcher {
        Dispatcher(
            store: store,
            mover: mover,
            machine: machine,
            launcher: try launcher(watcher: watcher),
            launches: launches,
            reasons: reasons,
            logger: quiet
        )
    }

    /// Errors are asserted where they matter.
    var quiet: Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }

    // MARK: - Things

    /// A committed upload of these files.
    func upload(_ files: [TestFile], as account: Account) async throws -> ObjectID {
        let service = uploads()
        var upload = try await service.begin(manifest: bytes(files.manifest), as: account)
        if upload.state != .committed {
            if upload.length > 0 {
                let missing = try await String(
                    contentsOfFile: service.missing(in: upload.id, as: account),
                    encoding: .utf8
                )
                let stream = missing.split(separator: "\n").compactMap { Int($0) }.flatMap { files[$0].bytes }
                _ = try await service.receive(upload.id, at: 0, length: nil, body: bytes(stream), as: account)
            }
            upload = try await service.commit(upload.id, hashes: bytes([]), as: account)
        }
        return upload.id
    }

    /// A queued job that runs `main.py`.
    func submit(
        _ project: String = "x",
        command: String = "python main.py",
        gpus: Int = 0,
        data: [SubmitJobRequest.DataMount] = [],
        retries: Int? = nil,
        as account: Account? = nil
    ) async throws -> JobRecord {
        let account = account ?? alice
        let code = try await upload([.file("main.py", "print(1)\n")], as: account)
        let response = try await jobs().submit(
            SubmitJobRequest(
                project: Name(project),
                code: code,
                command: command,
                instanceType: gpus > 0 ? "gpu" : nil,
                data: data,
                retries: retries
            ),
            as: account
        )
        return try await job(response.id)
    }

    func job(_ id: ObjectID) async throws -> JobRecord {
        guard let job = try await store.jobs.get(id) else { throw FloydError(.jobNotFound, "the job \(id) is gone") }
        return job
    }

    /// A job whose attempt was claimed.
    func claimed(_ project: String = "x") async throws -> JobRecord {
        try await moved(submit(project), .queued, .claim)
    }

    func running() async throws -> JobRecord {
        try await moved(claimed(), .starting, .commandStarted)
    }

    func moved(_ job: JobRecord, _ state: JobState, _ event: JobEvent) async throws -> JobRecord {
        guard let moved = try await mover.move(job, from: [state], on: event, MoveFacts(at: Date())) else {
            throw FloydError(.conflict, "the job is \(job.state)")
        }
        return moved
    }

    func run(of job: JobRecord) -> RunDirectory { folder.run(of: job) }

    /// How many rows of everything that a submission or an upload could leave.
    func leftovers() async throws -> [Int] {
        [
            try await store.jobs.list(JobFilter(), limit: 1_000).count,
            try await store.resources.list(.projects, owner: alice.id).count,
            try await store.resources.list(.datasets, owner: alice.id).count,
            try await store.versions.list(.owner(alice.id), limit: 1_000).count,
            try blobs.uploadIDs().count,
        ]
    }
}

/// Whose time is told by the test.
final class TestClock: Sendable {
    private let instant = Lock(ContinuousClock.now)

    var now: @Sendable () -> ContinuousClock.Instant {
        { [instant] in instant.value }
    }

    func advance(by duration: Duration) {
        instant.value += duration
    }
}
