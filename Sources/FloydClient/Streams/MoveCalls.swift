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
        // The latest job of a project may be another one after a break: the first move says which is meant.
        var reference = job
        let path = {
            let query = [id.map { "after=\($0)" }, reference.map { "job=\(APIPath.encoded($0.description))" }]
            let text = query.compactMap { $0 }.joined(separator: "&")
            return text.isEmpty ? APIPath.eventStream : "\(APIPath.eventStream)?\(text)"
        }
        var end: JobResponse?
        try readEvents(at: path) { signal throws(FloydError) in
            switch signal {
            case .open: try receive(.connected)
            case .broken(let reason, let pause): try receive(.reconnecting(reason: reason, pause: pause))
            case .event(let event):
                switch MoveEventKind(rawValue: event.kind) {
                case .move:
                    let move: EventResponse = try Self.decode(event)
                    if reference != nil { reference = Reference(.id(move.job)) }
                    try receive(.move(move))
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
