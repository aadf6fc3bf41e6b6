internal import FloydModel
internal import FloydOS
internal import FloydStore

/// Looks at what there is to be counted, each time somebody asks.
struct MetricsService: MetricsServing {
    let store: Store
    let pool: BlockingPool
    let machine: Machine
    let jobs: JobMetrics
    let freed: FreedAttempts
    /// On the disk with the data.
    let folder: String
    let reserve: Int64
    private let size: StoreSize

    init(
        store: Store,
        pool: BlockingPool,
        machine: Machine,
        jobs: JobMetrics,
        freed: FreedAttempts,
        folder: String,
        reserve: Int64
    ) {
        self.store = store
        self.pool = pool
        self.machine = machine
        self.jobs = jobs
        self.freed = freed
        self.folder = folder
        self.reserve = reserve
        size = StoreSize(count: { try await store.usage.storedBytes() })
    }

    func sample() async throws -> MetricsSample {
        var sample = try await pool.run { [folder] in
            var sample = MetricsSample()
            sample.diskFree = FileSystem.free(folder)
            sample.diskSize = FileSystem.size(folder)
            sample.process = ProcessFigures.own().map(MetricsSample.Process.init)
            return sample
        }
        sample.diskReserve = reserve
        sample.jobs = try await store.jobs.counts()
        sample.used = try await store.jobs.held().without(freed.all).resources
        sample.total = machine.total
        sample.waitingWrites = store.waitingWrites
        sample.storeBytes = try await size.bytes()
        let figures = jobs.figures
        sample.queueWaits = figures.waits
        sample.jobDurations = figures.durations
        sample.endedJobs = figures.ended
        return sample
    }
}

extension MetricsSample.Process {
    fileprivate init(_ figures: ProcessFigures) {
        self.init(
            cpuSeconds: figures.cpuSeconds,
            startTime: figures.startTime,
            virtualMemory: figures.virtualMemory,
            residentMemory: figures.residentMemory,
            threads: figures.threads,
            openDescriptors: figures.openDescriptors,
            maximumDescriptors: figures.maximumDescriptors
        )
    }
}
