internal import FloydAPI
internal import FloydOS
internal import FloydRun
internal import Synchronization

/// Counts how often the log of a job is said to have grown.
final class LogGrowth: Sendable {
    private let count = Atomic(0)

    var value: Int { count.load(ordering: .acquiring) }

    func note() {
        count.add(1, ordering: .acquiringAndReleasing)
    }
}

/// One attempt's log for all who read it: what one has read and others want too, is read, parsed and encoded once.
///
/// What it keeps in memory is bounded: the last few pages. Whoever is further behind reads the file for itself.
final class SharedLog: Sendable {
    /// Some records of the log.
    struct Batch: Sendable {
        let records: Broadcast<[LogRecordMessage]>
        /// Where what comes behind them begins.
        let end: Int64
    }

    enum Look: Sendable {
        case batch(Batch)
        /// Nothing is there now.
        case nothing
        /// There may be more, but to find out takes longer than an event loop may be held: `read` does it elsewhere.
        case slow
    }

    /// Bytes read on the caller's own thread, if they are in memory. They come to about 200 lines, read and encoded in 0.1 ms.
    private static let atOnce = 24_576
    private static let keptPages = 4

    private struct Page {
        let start: Int64
        let sources: Set<LogRecord.Source>
        let batch: Batch
    }

    private struct State {
        var log: OpenLog?
        /// The newest last.
        var pages: [Page] = []
        /// Where the log ended when it was last looked at, and how often it was said to have grown by then.
        var end: (offset: Int64, growth: Int)?
    }

    private let path: String
    private let pool: BlockingPool
    private let growth: LogGrowth
    private let state = Mutex(State())

    init(_ path: String, pool: BlockingPool, growth: LogGrowth) {
        self.path = path
        self.pool = pool
        self.growth = growth
    }

    /// Whether there is a log, as far as anybody has looked.
    var isThere: Bool { state.withLock { $0.log != nil } }

    /// What begins at `offset`, without waiting for the disk.
    ///
    /// - Parameter trusting: whether the log is as it was when nothing has told of more since: whoever is told later may believe that.
    func look(at offset: Int64, _ sources: Set<LogRecord.Source>, trusting: Bool) throws -> Look {
        // Before the look at the file: what grows behind it is told of behind it.
        let growth = growth.value
        return try state.withLock { state in
            if let page = state.pages.last(where: { $0.start == offset && $0.sources == sources }) {
                return .batch(page.batch)
            }
            if trusting, let end = state.end, end == (offset, growth) { return .nothing }
            guard let log = state.log else { return .slow }
            // The lock is held meanwhile: who waits for it would read the same.
            guard let page = try log.pageAtOnce(at: offset, maximumBytes: Self.atOnce) else { return .slow }
            guard page.nextOffset > offset else {
                state.end = (offset, growth)
                return .nothing
            }
            let batch = Self.batch(page, sources)
            Self.keep(Page(start: offset, sources: sources, batch: batch), &state)
            return .batch(batch)
        }
    }

    /// The same, however long it takes, and more at a time.
    ///
    /// - Returns: `batch` or `nothing`.
    func read(at offset: Int64, _ sources: Set<LogRecord.Source>) async throws -> Look {
        guard let log = try await open() else { return .nothing }
        return try await pool.run { [self] in
            let page = try log.page(at: offset)
            guard page.nextOffset > offset else { return .nothing }
            // Made outside of the lock: it takes milliseconds.
            let batch = Self.batch(page, sources)
            state.withLock { Self.keep(Page(start: offset, sources: sources, batch: batch), &$0) }
            return .batch(batch)
        }
    }

    /// The log, once there is one.
    func open() async throws -> OpenLog? {
        if let log = state.withLock({ $0.log }) { return log }
        let path = path
        guard let opened = try await pool.run({ try LogFile(path).open() }) else { return nil }
        return state.withLock { state in
            if let log = state.log { return log }
            state.log = opened
            return opened
        }
    }

    private static func batch(_ page: LogFile.Page, _ sources: Set<LogRecord.Source>) -> Batch {
        let isAll = sources.count == LogRecord.Source.allCases.count
        let records = isAll ? page.records : page.records.filter { sources.contains($0.source) }
        return Batch(records: Broadcast(records.map(LogRecordMessage.init)), end: page.nextOffset)
    }

    private static func keep(_ page: Page, _ state: inout State) {
        if state.pages.count == keptPages { state.pages.removeFirst() }
        state.pages.append(page)
    }
}
