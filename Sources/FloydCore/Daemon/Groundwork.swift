internal import FloydBlobs
internal import FloydExecutor
internal import FloydModel
internal import FloydOS
internal import FloydStore
internal import Glibc

/// What all services stand on: the data folder, opened, and the machine, looked at.
struct Groundwork: Sendable {
    /// Enough that a few long commits don't keep logs and small files waiting.
    private static let diskThreads = 16

    let folder: DataFolder
    let store: Store
    let blobs: BlobStore
    let pool: BlockingPool
    let identities: JobIdentities
    let jail: Jail
    let machine: Machine
    let instanceTypes: InstanceTypes
    let environments: EnvironmentService
    let executor: LocalExecutor
    /// Reads archives.
    let unpackProgram: UnpackProgram
    /// Where attempts' control groups are made.
    let cgroups: CgroupSite

    /// - Throws: `FloydError` if something in the folder can't be used, or the config asks for what isn't there.
    init(
        _ configuration: ServerConfiguration,
        _ catalog: EnvironmentCatalog,
        _ folder: DataFolder
    ) async throws {
        self.folder = folder
        _ = try catalog.environment(named: configuration.defaultEnvironment)
        let workerProgram = try Self.program("floydlite-worker")
        executor = LocalExecutor(workerProgram: workerProgram)
        store = try await Store.open(path: folder.database, migrating: true)
        blobs = try BlobStore(folder: folder.blobs)
        let pool = BlockingPool(threads: Self.diskThreads, name: "floyd-disk")
        self.pool = pool
        let identities = JobIdentities(range: geteuid() == 0 ? configuration.jobUIDs : nil)
        self.identities = identities
        unpackProgram = UnpackProgram(
            program: try Self.program("floydlite-unpack"),
            root: folder.empty,
            identity: identities.unpacker
        )
        try folder.setPassable(
            configuration.isolation == .none && identities.range != nil,
            [blobs.materialisedFolder]
        )
        cgroups = try await pool.run { CgroupProbe(name: folder.groupName).run(isInUse: folder.isAttended) }
        async let jail = pool.run {
            try Jail(
                configuration.isolation,
                workerProgram: workerProgram,
                dataFolder: folder.path,
                identity: identities.builder
            )
        }
        machine = Machine(declared: configuration.resources, found: try await pool.run { GPUProbe.find() })
        self.jail = try await jail
        instanceTypes = try InstanceTypes(configuration.instanceTypes, total: machine.total)
        environments = EnvironmentService(
            catalog: catalog,
            folder: folder,
            isolation: configuration.isolation,
            defaultName: configuration.defaultEnvironment,
            uv: ExecutablePath.find(configuration.uv),
            builder: identities.builder,
            pool: pool
        )
        try environments.prepareCache()
    }

    private static func program(_ name: String) throws(FloydError) -> String {
        guard let program = ExecutablePath.beside(name) else {
            throw FloydError(
                .unavailable,
                "\(name) is not beside floydlited",
                hint: "Install floydlited, floydlite-worker and floydlite-unpack into the same folder."
            )
        }
        return program
    }
}
