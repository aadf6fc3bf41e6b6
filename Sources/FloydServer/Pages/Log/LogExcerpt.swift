import FloydAPI
import FloydCore
import FloydModel

/// The end of a job's latest log, as a page shows it.
struct LogExcerpt: Sendable {
    /// Lines that are shown, if the bytes they take are not too many.
    static let lines = 2000

    var text = LogText()
    /// The attempt whose log it is; 0: there is none yet.
    var attempt: Int { position.attempt }
    /// Behind the last record shown, where a follower goes on.
    var position = LogPosition.beginning
    /// Whether there is more in front of it.
    var isCut = false

    /// Reads the last lines of the log, or the last `limit` bytes if that is less, up to where the log ends now: a job may print faster than
    /// this reads.
    static func read(of job: Reference, limit: Int64, from logs: any LogServing, as account: Account) async throws
        -> LogExcerpt
    {
        var excerpt = LogExcerpt()
        let end = try await start(of: logs.follow(LogRequest(job, from: .lastLines(0)), as: account))
        guard let end = end.position else { return excerpt }
        var reader = try await logs.follow(LogRequest(job, from: .lastLines(lines)), as: account)
        let begin = try await start(of: reader)
        var events = begin.events
        guard var position = begin.position, position.attempt == end.attempt else { return excerpt }
        if end.offset - position.offset > limit {
            position.offset = end.offset - limit
            reader = try await logs.follow(LogRequest(job, from: .position(position)), as: account)
            events = []
        }
        excerpt.isCut = position.offset > 0
        excerpt.position = position
        while true {
            for event in events {
                guard case .log(let records, let position) = event, position.attempt == end.attempt else { continue }
                for record in records.value { excerpt.text.append(record) }
                excerpt.position = position
            }
            if excerpt.position.offset >= end.offset || events.contains(where: \.isEnd) { return excerpt }
            events = try await reader.next(follow: false)
            if events.isEmpty { return excerpt }
        }
    }

    /// Where a reader begins, and what it has said with that.
    private static func start(of reader: any LogFollowing) async throws
        -> (position: LogPosition?, events: [LogStreamEvent])
    {
        while true {
            let events = try await reader.next(follow: false)
            for case .attempt(_, let position) in events { return (position, events) }
            if events.isEmpty || events.contains(where: \.isEnd) { return (nil, events) }
        }
    }
}

extension LogStreamEvent {
    fileprivate var isEnd: Bool {
        if case .end = self { true } else { false }
    }
}
