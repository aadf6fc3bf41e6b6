public import FloydAPI
public import FloydModel
import FoundationEssentials

/// What a log stream brings.
public enum LogEvent: Sendable, Hashable {
    /// The job at the beginning, and after each move.
    case job(JobResponse)
    /// What follows is from this attempt's log.
    case attempt(AttemptResponse)
    case records([LogRecordMessage])
    /// The connection broke; it is tried again after the pause.
    case reconnecting(reason: String, pause: Duration)
}

extension FloydClient {
    /// Gives `receive` the log of a job from its first byte, each record exactly once, over as many connections as that takes.
    ///
    /// - Parameter following: whether to wait for what the job has yet to say, up to its end.
    /// - Returns: the job at the end of the stream.
    /// - Throws: `FloydError`: what `receive` throws; `cancelled`; `unreachable` when no connection lasts any more.
    public func log(
        of reference: Reference,
        following: Bool,
        receive: (LogEvent) throws(FloydError) -> Void
    ) throws(FloydError) -> JobResponse {
        var backoff = Backoff()
        var position: String?
        while true {
            do throws(TransportFailure) {
                let last = position
                if let job = try readLog(of: reference, following, from: &position, receive) { return job }
                // An end without the closing event is a connection that broke politely.
                if position != last { backoff.progressed() }
                throw .broken("the stream ended before the log did")
            } catch {
                guard let pause = backoff.next(), error.mayPass else { throw self.error(error) }
                try receive(.reconnecting(reason: self.error(error).message, pause: pause))
                self.pause(pause)
            }
        }
    }

    /// One connection's worth of the log.
    private func readLog(
        of reference: Reference,
        _ following: Bool,
        from position: inout String?,
        _ receive: (LogEvent) throws(FloydError) -> Void
    ) throws(TransportFailure) -> JobResponse? {
        var request = TransportRequest(
            "GET",
            "\(APIPath.logStream(of: reference))?follow=\(following)",
            headers: [("Accept", MediaType.eventStream)]
        )
        if let position { request.headers.append(("Last-Event-ID", position)) }
        var parser = EventParser()
        var reached = position
        defer { position = reached }
        var end: JobResponse?
        _ = try attempt(request) { bytes throws(FloydError) in
            try parser.feed(bytes) { event throws(FloydError) in
                switch LogEventKind(rawValue: event.kind) {
                case .job: try receive(.job(try Self.decode(event)))
                case .attempt: try receive(.attempt(try Self.decode(event)))
                case .log: try receive(.records(try Self.decode(event)))
                case .end: end = try Self.decode(event)
                // A newer server's event.
                case nil: break
                }
                if let id = event.id { reached = id }
            }
        }
        return end
    }

    private static func decode<Message: Decodable>(_ event: ServerSentEvent) throws(FloydError) -> Message {
        do {
            return try MessageCoding.decode(Message.self, from: Data(event.data))
        } catch {
            throw FloydError(.protocolViolation, "the log stream has a \(event.kind) event that can't be understood")
        }
    }
}

extension TransportFailure {
    /// Whether the same may go well a moment later: the server restarts, the network comes back.
    var mayPass: Bool {
        switch self {
        case .unreachable, .broken: true
        case .local(let error): error.code == .unavailable || error.code == .locked
        case .cancelled: false
        }
    }
}
