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

    func file(of job: Reference, as account: Account) async throws -> String? {
        let job = try await store.references.job(job, asking: account)
        guard job.attempt > 0 else { return nil }
        let path = folder.run(of: job).log
        return try await pool.run { try FileStatus.of(path)?.kind == .file ? path : nil }
    }

    func follow(_ job: Reference, from offset: Int64, as account: Account) async throws -> any LogFollowing {
        let job = try await store.references.job(job, asking: account)
        return LogFollower(job: job, offset: max(0, offset), service: self)
    }
}

/// Reads one job's log, and sees its moves.
///
/// An actor for its position alone, which belongs to one reader.
actor LogFollower: LogFollowing {
    private let id: ObjectID
    private let service: LogService
    private var job: JobRecord
    private var offset: Int64
    /// The count of moves when `job` was read.
    private var moves: Int
    private var isShown = false
    private var hasEnded = false

    init(job: JobRecord, offset: Int64, service: LogService) {
        id = job.id
        self.job = job
        self.offset = offset
        self.service = service
        // It may have moved since it was read.
        moves = -1
    }

    nonisolated func subscribe(_ onChange: @escaping @Sendable () -> Void) -> any Sendable {
        service.signals.subscribe(id, onChange)
    }

    func next(follow: Bool) async throws -> [LogStreamEvent] {
        guard !hasEnded else { return [] }
        var events: [LogStreamEvent] = []
        // The job before the log: one that has ended by then has a whole log.
        if try await refresh() || !isShown {
            isShown = true
            events.append(.job(service.view.response(job)))
        }
        if let page = try await nextPage() {
            events.append(page)
        } else if job.state == .finished || !follow {
            hasEnded = true
            events.append(.end(service.view.response(job)))
        }
        return events
    }

    /// Reads the job again if any has moved; says whether this one did.
    private func refresh() async throws -> Bool {
        let count = service.signals.moveCount
        guard count != moves else { return false }
        guard let fresh = try await service.store.jobs.get(id) else {
            throw FloydError(.jobNotFound, "the job \(id) was deleted meanwhile")
        }
        moves = count
        guard fresh != job else { return false }
        // A new attempt has a log of its own.
        if fresh.attempt != job.attempt && job.attempt > 0 { offset = 0 }
        job = fresh
        return true
    }

    private func nextPage() async throws -> LogStreamEvent? {
        guard job.attempt > 0 else { return nil }
        let log = LogFile(service.folder.run(of: job).log)
        let page = try await service.pool.run { [offset] in try log.read(from: offset) }
        guard page.nextOffset > offset else { return nil }
        offset = page.nextOffset
        return .log(page.records.map(LogRecordMessage.init), offset: offset)
    }
}
