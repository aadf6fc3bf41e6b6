internal import FloydAPI
internal import FloydModel
internal import FloydOS
internal import FloydRun
internal import FloydStore
internal import Synchronization

/// What all readers of one job's logs share: the job as it stands, and the logs of its attempts. It lives for as long as one of them does.
final class LogFeed: Sendable {
    /// The job at one moment. A class: the tasks of thousands of readers would each hold the room for such records, several in a row of calls.
    final class Snapshot: Sendable {
        let job: JobRecord
        let response: Broadcast<JobResponse>
        /// Grows with every change.
        let number: Int
        /// Whether it was deleted, and its logs with it.
        let isDeleted: Bool

        init(job: JobRecord, response: Broadcast<JobResponse>, number: Int, isDeleted: Bool) {
            self.job = job
            self.response = response
            self.number = number
            self.isDeleted = isDeleted
        }
    }

    private struct State {
        var snapshot: Snapshot?
        var logs: [Int: SharedLog] = [:]
        var readers: [Int: @Sendable () -> Void] = [:]
        var nextReader = 0
        /// Whether a reader reads the job for all.
        var isLooking = false
        var looksBegun = 0
        /// The last one that brought something.
        var lastLook = 0
        var waiters: [CheckedContinuation<Void, Never>] = []
        /// The count of moves of whatever job when the snapshot was taken.
        var moves = -1
        var subscription: JobSignals.Subscription?
    }

    let id: ObjectID
    let service: LogService
    let growth = LogGrowth()
    private let state = Mutex(State())

    init(_ id: ObjectID, service: LogService) {
        self.id = id
        self.service = service
        let subscription = service.signals.subscribe(id) { [weak self] in self?.changed() }
        state.withLock { $0.subscription = subscription }
    }

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
        let readers = state.withLock { Array($0.readers.values) }
        for reader in readers { reader() }
    }

    // MARK: The job

    /// The job as it stood at some moment of the call. It is read again only if any job has moved since, and by one reader for all who
    /// wait: another does it where that one fails or leaves.
    func present() async throws -> Snapshot {
        // A look that is under way may have come too early for this call; the next one is not.
        let enough = state.withLock { $0.looksBegun + 1 }
        while true {
            switch state.withLock({ turn(&$0, enough) }) {
            case .known(let snapshot): return snapshot
            case .look(let moves):
                defer { endLook() }
                try await look(moves)
            case .wait:
                await withCheckedContinuation { continuation in
                    let isOver = state.withLock { state in
                        if state.isLooking { state.waiters.append(continuation) }
                        return !state.isLooking
                    }
                    if isOver { continuation.resume() }
                }
            }
        }
    }

    private enum Turn {
        case known(Snapshot)
        /// The count of moves before the look.
        case look(moves: Int)
        case wait
    }

    private func turn(_ state: inout State, _ enough: Int) -> Turn {
        let moves = service.signals.moveCount
        if let snapshot = state.snapshot, state.moves == moves || state.lastLook >= enough { return .known(snapshot) }
        if state.isLooking { return .wait }
        state.isLooking = true
        state.looksBegun += 1
        return .look(moves: moves)
    }

    private func look(_ moves: Int) async throws {
        guard let job = try await service.store.jobs.get(id) else { return try await lookAtEnd(moves) }
        take(job, try await service.view.response(job, from: service.store), moves)
    }

    /// The job was deleted: its end is all that is left to tell those who know it.
    private func lookAtEnd(_ moves: Int) async throws {
        guard let last = state.withLock({ $0.snapshot }), let end = try await service.store.jobs.deleted(id) else {
            throw FloydError(.jobNotFound, "the job \(id) was deleted meanwhile")
        }
        var response = last.response.value
        response.state = .finished
        response.outcome = end.outcome
        response.exitCode = end.exitCode
        response.signal = end.signal
        response.started = end.started
        response.finished = end.finished
        response.reason = "deleted"
        take(last.job, response, moves, isDeleted: true)
    }

    private func endLook() {
        let waiters = state.withLock { state in
            state.isLooking = false
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    private func take(_ job: JobRecord, _ response: JobResponse, _ moves: Int, isDeleted: Bool = false) {
        state.withLock { state in
            state.moves = moves
            state.lastLook = state.looksBegun
            if let known = state.snapshot, known.job == job, known.isDeleted == isDeleted { return }
            let number = (state.snapshot?.number ?? 0) + 1
            state.snapshot = Snapshot(
                job: job,
                response: Broadcast(response),
                number: number,
                isDeleted: isDeleted
            )
        }
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
