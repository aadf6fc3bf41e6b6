internal import FloydAPI
internal import FloydModel
internal import FloydOS
internal import FloydRun
internal import FloydStore

/// The logs of jobs.
struct LogService: LogServing {
    let store: Store
    let folder: DataFolder
    let view: JobView
    let signals: JobSignals
    let pool: BlockingPool
    private let feeds = LogFeeds()
    private let indexes = LogIndexes()

    init(store: Store, folder: DataFolder, view: JobView, signals: JobSignals, pool: BlockingPool) {
        self.store = store
        self.folder = folder
        self.view = view
        self.signals = signals
        self.pool = pool
    }

    func file(of job: Reference, attempt: Int?, as account: Account) async throws -> String? {
        let job = try await store.references.job(job, asking: account)
        try LogStartFinder.check(LogRequest(Reference(.id(job.id)), attempt: attempt), for: job)
        let numbers = attempt.map { $0...$0 } ?? 0...job.attempt
        let paths = numbers.reversed().map { RunDirectory(in: folder.runs, jobID: job.id.string, attempt: $0).log }
        let found: String? = try await pool.run {
            for path in paths where try FileStatus.of(path)?.kind == .file { return path }
            return nil
        }
        if found == nil, let gone = try await lastOver(of: job, among: numbers) {
            throw FloydError(.gone, "the log of attempt \(gone) is gone")
        }
        return found
    }

    /// The last attempt that is over and whose command ran, so that there was a log.
    private func lastOver(of job: JobRecord, among numbers: ClosedRange<Int>) async throws -> Int? {
        let attempts = try await store.jobs.attempts(of: [job])[job.id] ?? []
        return attempts.last { numbers.contains($0.number) && $0.started != nil && $0.finished != nil }?.number
    }

    func follow(_ request: LogRequest, as account: Account) async throws -> any LogFollowing {
        let id = try await store.references.job(request.job, asking: account).id
        let feed = feeds.feed(of: id) { LogFeed(id, service: self) }
        let job = try await feed.present().job
        try LogStartFinder.check(request, for: job)
        let finder = LogStartFinder(folder: folder, indexes: indexes)
        let start: LogStart =
            switch request.start {
            case .beginning, .position: try finder.find(request, for: job)
            case .lastLines, .since, .line: try await pool.run { try finder.find(request, for: job) }
            }
        return LogFollower(feed: feed, request: request, from: start)
    }
}
