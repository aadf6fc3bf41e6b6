public import FloydAPI
public import FloydModel

/// What a stream of moves brings.
public enum MoveEvent: Sendable, Hashable {
    /// The stream stands, for the first time or again after a break.
    case connected
    case move(EventResponse)
    /// The connection broke; it is tried again after the pause.
    case reconnecting(reason: String, pause: Duration)
}

extension FloydClient {
    /// The moves behind the event `id`, the oldest first: of `job`, or of all the account's jobs.
    public func events(after id: Int64 = 0, job: Reference? = nil) throws(FloydError) -> [EventResponse] {
        let filter = job.map { "&job=\(APIPath.encoded($0.description))" } ?? ""
        var moves: [EventResponse] = []
        var next: Int64? = id
        while let after = next {
            let page: ListResponse<EventResponse> = try get("\(APIPath.events)?after=\(after)&limit=500\(filter)")
            moves += page.items
            // Where the next page begins is the last id of this one; a page that leads back would never end.
            next = page.next.flatMap { Int64($0) }.flatMap { $0 > after ? $0 : nil }
        }
        return moves
    }

    /// Gives `receive` each move behind the event `id` exactly once, as they happen, over as many connections as that takes.
    ///
    /// - Parameters:
    ///   - id: nil: from now on.
    ///   - job: only this job's; then its end is the stream's.
    /// - Returns: the job at its end; without `job` this comes back by throwing alone.
    /// - Throws: `FloydError`: what `receive` throws; `cancelled`; `unreachable` when no connection lasts any more.
    public func followEvents(
        after id: Int64?,
        job: Reference? = nil,
        receive: (MoveEvent) throws(FloydError) -> Void
    ) throws(FloydError) -> JobResponse {
        var query: [String] = []
        if let id { query.append("after=\(id)") }
        if let job { query.append("job=\(APIPath.encoded(job.description))") }
        let path = query.isEmpty ? APIPath.eventStream : "\(APIPath.eventStream)?\(query.joined(separator: "&"))"
        var end: JobResponse?
        try readEvents(at: path) { signal throws(FloydError) in
            switch signal {
            case .open: try receive(.connected)
            case .broken(let reason, let pause): try receive(.reconnecting(reason: reason, pause: pause))
            case .event(let event):
                switch MoveEventKind(rawValue: event.kind) {
                case .move: try receive(.move(try Self.decode(event)))
                case .end: end = try Self.decode(event)
                // A newer server's event.
                case nil: break
                }
            }
            return end != nil
        }
        guard let end else { throw FloydError(.internalError, "a stream of moves ended without its last event") }
        return end
    }
}
