internal import FloydAPI
internal import FloydModel
internal import FloydRun
internal import FloydStore
internal import Synchronization

/// Reads the logs of one job for one reader: its position is all that belongs to it alone.
final class LogFollower: LogFollowing {
    private struct State {
        /// The attempt whose log it reads, 0 before the first, and the place there.
        var position: LogPosition
        /// Whether the reader was told of that attempt.
        var isAnnounced: Bool
        /// The snapshot that the reader was shown.
        var shown = 0
        var hasEnded = false
        /// What is to be said, gathered over the steps of one call.
        var news: [LogStreamEvent] = []

        mutating func takeNews() -> [LogStreamEvent] {
            defer { news = [] }
            return news
        }
    }

    /// What can be said now.
    private enum Step {
        case events([LogStreamEvent])
        /// The log has to be read elsewhere first; then the step is done again.
        case read(SharedLog, Int64)
    }

    let feed: LogFeed
    /// The attempt that alone is read.
    private let only: Int?
    private let streams: Set<LogRequest.Stream>
    private let sources: Set<LogRecord.Source>
    private let state: Mutex<State>

    init(feed: LogFeed, request: LogRequest, from start: LogStart) {
        self.feed = feed
        only = request.attempt
        streams = request.streams
        sources = request.sources
        state = Mutex(State(position: start.position, isAnnounced: start.isKnown))
    }

    func subscribe(_ onChange: @escaping @Sendable () -> Void) -> any Sendable {
        feed.subscribe(onChange)
    }

    var place: LogPlace {
        let (position, isAnnounced) = state.withLock { ($0.position, $0.isAnnounced) }
        // Who is yet to be told of the attempt is not where those are who know of it.
        let offset = isAnnounced ? position.offset : position.offset - 1
        return LogPlace(job: feed.id, attempt: position.attempt, streams: streams, offset: offset)
    }

    func skip(to offset: Int64) {
        state.withLock { $0.position.offset = max(offset, $0.position.offset) }
    }

    func next(follow: Bool) async throws -> [LogStreamEvent] {
        // The job before the log: one that has ended by then has a whole log.
        let snapshot = try await feed.present()
        var found: SharedLog.Look?
        while true {
            let step = try state.withLock { (state) throws -> Step in try self.step(&state, snapshot, follow, found) }
            switch step {
            case .events(let events): return events
            case .read(let log, let offset):
                // With the same snapshot: a later one could say that the job has ended, and its last words had not been looked for.
                found = try await log.read(at: offset, sources)
            }
        }
    }

    /// - Parameter found: what reading has brought that the step before asked for.
    private func step(
        _ state: inout State,
        _ snapshot: LogFeed.Snapshot,
        _ follow: Bool,
        _ found: SharedLog.Look?
    ) throws -> Step {
        guard !state.hasEnded else { return .events([]) }
        if snapshot.isDeleted {
            state.hasEnded = true
            state.news.append(.end(snapshot.response))
            return .events(state.takeNews())
        }
        var found = found
        if state.shown != snapshot.number {
            state.shown = snapshot.number
            state.news.append(.job(snapshot.response))
        }
        let job = snapshot.job
        while true {
            if state.position.attempt == 0, job.attempt > 0 {
                state.position = LogPosition(attempt: only ?? 1, offset: 0)
            }
            let number = state.position.attempt
            var look = SharedLog.Look.nothing
            if number > 0, number <= job.attempt {
                let log = feed.log(ofAttempt: number)
                // The end of a log that is over is believed of the file alone.
                let isGrowing = follow && number == job.attempt && job.state.isActive
                look = try found ?? log.look(at: state.position.offset, sources, trusting: isGrowing)
                found = nil
                if case .slow = look { return .read(log, state.position.offset) }
                if log.isThere, !state.isAnnounced {
                    state.isAnnounced = true
                    state.news.append(
                        .attempt(snapshot.response.value.attempt(number, of: job), position: state.position)
                    )
                }
            }
            if case .batch(let batch) = look {
                state.position.offset = batch.end
                state.news.append(.log(batch.records, position: state.position))
                return .events(state.takeNews())
            }
            let isOver = number < job.attempt || job.state == .finished || job.state == .queued && number > 0
            if isOver, only == nil, number < job.attempt {
                state.position = LogPosition(attempt: number + 1, offset: 0)
                state.isAnnounced = false
                continue
            }
            let isLast = only == nil ? job.state == .finished : isOver
            if isLast || !follow {
                state.hasEnded = true
                state.news.append(.end(snapshot.response))
            }
            return .events(state.takeNews())
        }
    }
}

extension JobResponse {
    /// What is known of one of the job's attempts.
    fileprivate func attempt(_ number: Int, of job: JobRecord) -> AttemptResponse {
        attempts.first { $0.number == number }
            ?? AttemptResponse(number: number, claimed: job.claimed ?? job.created)
    }
}
