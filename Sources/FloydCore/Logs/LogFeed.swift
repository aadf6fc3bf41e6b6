internal import FloydAPI
internal import FloydModel
internal import FloydOS
internal import FloydRun
internal import FloydStore
internal import Synchronization

/// What all readers of one job's logs share: the job as it stands, and the logs of its attempts. It lives for as long as one of them does.
final class LogFeed: Sendable {
    /// The job at one moment.
    struct Snapshot: Sendable {
        let job: JobRecord
        let response: Broadcast<JobResponse>
        /// Grows with every change.
        let number: Int
    }

    private struct State {
        var snapshot: Snapshot?
        var logs: [Int: SharedLog] = [:]
        var readers: [Int: @Sendable () -> Void] = [:]
        var nextReader = 0
        var isRefreshing = false
        var mustRefreshAgain = false
        var waiters: [CheckedContinuation<Void, any Error>] = []
        /// The count of moves of whatever job when the snapshot was taken.
        var moves = -1
        var subscription: JobSignals.Subscription?
    }

    private let id: ObjectID
    private let service: LogService
    let growth = LogGrowth()
    private let state = Mutex(State())

    init(_ id: ObjectID, service: LogService) {
        self.id = id
        self.service = service
        let subscription = service.signals.subscribe(id) { [weak self] in self?.changed() }
        state.withLock { $0.subscription = subscription }
    }

    var snapshot: Snapshot? { state.withLock { $0.snapshot } }

    func log(ofAttempt number: Int) -> SharedLog {
        state.withLock { state in
            if let log = state.logs[number] { return log }
            let run = RunDirectory(in: service.folder.runs, jobID: id.string, attempt: number)
            let log = SharedLog(run.log, pool: service.pool, growth: growth)
            state.logs[number] = log
            return log
        }
    }

    // MARK: Readers

    func subscribe(_ onChange: @escaping @Sendable () -> Void) -> any Sendable {
        let key = state.withLock { state in
            state.nextReader += 1
            state.readers[state.nextReader] = onChange
            return state.nextReader
        }
        return Reader(self, key)
    }

    /// Keeps the feed, and ends the subscription when it is released.
    private final class Reader: Sendable {
        private let feed: LogFeed
        private let key: Int

        init(_ feed: LogFeed, _ key: Int) {
            self.feed = feed
            self.key = key
        }

        deinit {
            _ = feed.state.withLock { $0.readers.removeValue(forKey: key) }
        }
    }

    /// The log grew, or the job moved: which of them it was, nobody says.
    private func changed() {
        growth.note()
        tellReaders()
        let mustStart = state.withLock { state in
            guard state.moves != service.signals.moveCount else { return false }
            return Self.begin(&state)
        }
        if mustStart { startRefreshing() }
    }

    private func tellReaders() {
        let readers = state.withLock { Array($0.readers.values) }
        for reader in readers { reader() }
    }

    // MARK: The job

    /// Returns when the snapshot is of a moment behind the call.
    func refresh() async throws {
        try await withCheckedThrowingContinuation { continuation in
            let mustStart = state.withLock { state in
                // What is under way may have looked already; the waiters are told after the next look then.
                state.waiters.append(continuation)
                return Self.begin(&state)
            }
            if mustStart { startRefreshing() }
        }
    }

    /// True for the one who is to look; whoever comes meanwhile has it look again.
    private static func begin(_ state: inout State) -> Bool {
        if state.isRefreshing {
            state.mustRefreshAgain = true
            return false
        }
        state.isRefreshing = true
        return true
    }

    private func startRefreshing() {
        Task { await look() }
    }

    private func look() async {
        while true {
            let waiters = state.withLock { state in
                state.mustRefreshAgain = false
                defer { state.waiters = [] }
                return state.waiters
            }
            let moves = service.signals.moveCount
            let result: Result<(job: JobRecord, response: JobResponse), any Error>
            do {
                guard let job = try await service.store.jobs.get(id) else {
                    throw FloydError(.jobNotFound, "the job \(id) was deleted meanwhile")
                }
                result = .success((job, try await service.view.response(job, from: service.store)))
            } catch {
                result = .failure(error)
            }
            let isNews = (try? result.get()).map { take($0.job, $0.response, moves) } ?? false
            for waiter in waiters { waiter.resume(with: result.map { _ in () }) }
            if isNews { tellReaders() }
            let isOver = state.withLock { state in
                guard !state.mustRefreshAgain else { return false }
                state.isRefreshing = false
                return true
            }
            if isOver { return }
        }
    }

    /// True if the job has changed.
    private func take(_ job: JobRecord, _ response: JobResponse, _ moves: Int) -> Bool {
        let before = snapshot
        if before?.job == job {
            state.withLock { $0.moves = moves }
            return false
        }
        state.withLock { state in
            state.moves = moves
            state.snapshot = Snapshot(job: job, response: Broadcast(response), number: (before?.number ?? 0) + 1)
        }
        return true
    }
}

/// The feeds that have readers.
final class LogFeeds: Sendable {
    private struct Weak {
        weak var feed: LogFeed?
    }

    private let feeds = Mutex<[ObjectID: Weak]>([:])

    func feed(of job: ObjectID, _ make: () -> LogFeed) -> LogFeed {
        feeds.withLock { feeds in
            if let feed = feeds[job]?.feed { return feed }
            let feed = make()
            if feeds.count >= 256 { feeds = feeds.filter { $0.value.feed != nil } }
            feeds[job] = Weak(feed: feed)
            return feed
        }
    }
}

/// The indexes of logs that were asked for a line or a time of late: what one has learnt by reading a whole log serves the next reader too.
final class LogIndexes: Sendable {
    private static let kept = 16

    private struct Entry {
        let path: String
        let index: LogIndex
    }

    /// The one asked for last stands last.
    private let entries = Mutex<[Entry]>([])

    func index(_ path: String) -> LogIndex {
        entries.withLock { entries in
            let place = entries.firstIndex { $0.path == path }
            let entry = place.map { entries.remove(at: $0) } ?? Entry(path: path, index: LogIndex(path))
            if entries.count == Self.kept { entries.removeFirst() }
            entries.append(entry)
            return entry.index
        }
    }
}
