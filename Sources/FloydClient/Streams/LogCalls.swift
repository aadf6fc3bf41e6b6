public import FloydAPI
public import FloydModel

/// What a log stream brings.
public enum LogEvent: Sendable, Hashable {
    /// The job at the beginning, after each move, and after each break of the connection.
    case job(JobResponse)
    /// What follows is from this attempt's log. Once for each attempt, however often the connection breaks.
    case attempt(AttemptResponse)
    case records([LogRecordMessage])
    /// The connection broke; it is tried again after the pause.
    case reconnecting(reason: String, pause: Duration)
}

extension FloydClient {
    /// Gives `receive` the part of a job's logs that `query` asks for, each record exactly once, over as many connections as that takes.
    ///
    /// - Returns: the job at the end of the stream.
    /// - Throws: `FloydError`: what `receive` throws; `cancelled`; `unreachable` when no connection lasts any more.
    public func log(
        of reference: Reference,
        _ query: LogQuery,
        receive: (LogEvent) throws(FloydError) -> Void
    ) throws(FloydError) -> JobResponse {
        var end: JobResponse?
        var attempt: Int?
        // The latest job of a project may be another one after a break: the first answer says which is meant.
        var reference = reference
        try readEvents(at: { query.path(of: reference) }) { signal throws(FloydError) in
            let event: ServerSentEvent
            switch signal {
            case .open: return false
            case .broken(let reason, let pause):
                try receive(.reconnecting(reason: reason, pause: pause))
                return false
            case .event(let next): event = next
            }
            switch LogEventKind(rawValue: event.kind) {
            case .job:
                let job: JobResponse = try Self.decode(event)
                reference = Reference(.id(job.id))
                try receive(.job(job))
            case .attempt:
                let next: AttemptResponse = try Self.decode(event)
                if next.number != attempt { try receive(.attempt(next)) }
                attempt = next.number
            case .log: try receive(.records(try Self.decode(event)))
            case .end: end = try Self.decode(event)
            // A newer server's event.
            case nil: break
            }
            return end != nil
        }
        guard let end else { throw FloydError(.internalError, "a log stream ended without its last event") }
        return end
    }

    /// The same for all of the logs.
    ///
    /// - Parameter following: whether to wait for what the job has yet to say, up to its end.
    public func log(
        of reference: Reference,
        following: Bool,
        receive: (LogEvent) throws(FloydError) -> Void
    ) throws(FloydError) -> JobResponse {
        try log(of: reference, LogQuery(isFollowing: following), receive: receive)
    }
}
