import FloydAPI
import FloydModel
import FoundationEssentials

/// What reading an event stream brings.
enum StreamSignal {
    /// A connection brings something, the first one or one after a break.
    case open
    case event(ServerSentEvent)
    /// The connection broke; it is tried again after the pause.
    case broken(reason: String, pause: Duration)
}

extension FloydClient {
    /// A connection that lasted so long was a good one, even if nothing came over it.
    private static let lasting = Duration.seconds(30)

    /// Reads the server-sent events at `path`, each exactly once, over as many connections as that takes, until `receive` says that
    /// an event was the last: every new connection goes on behind the last whole event.
    ///
    /// `path` is asked for each connection: what a name means may change between two.
    ///
    /// A server that never answered is given up after half a minute, one that did after ten minutes.
    ///
    /// - Throws: `FloydError`: what `receive` throws; what the server refuses; `cancelled`; `unreachable` when no connection lasts.
    func readEvents(
        at path: () -> String,
        receive: (StreamSignal) throws(FloydError) -> Bool
    ) throws(FloydError) {
        var backoff = Backoff()
        var position: String?
        while true {
            let start = (position, ContinuousClock.now)
            var isOpen = false
            var isOver = false
            do throws(TransportFailure) {
                var request = TransportRequest("GET", path(), headers: [("Accept", MediaType.eventStream)])
                if let position { request.headers.append(("Last-Event-ID", position)) }
                var parser = EventParser()
                _ = try attempt(request) { bytes throws(FloydError) in
                    if !isOpen {
                        isOpen = true
                        _ = try receive(.open)
                    }
                    try parser.feed(bytes) { event throws(FloydError) in
                        if try receive(.event(event)) { isOver = true }
                    }
                    position = parser.position ?? position
                }
                if isOver { return }
                // An end without the closing event is a connection that broke politely.
                throw .broken("the stream ended too early")
            } catch {
                if isOver { return }
                if isOpen { backoff.becomePatient() }
                if position != start.0 || start.1.duration(to: .now) > Self.lasting { backoff.progressed() }
                guard error.mayPass, let pause = backoff.next(after: error) else { throw self.error(error) }
                _ = try receive(.broken(reason: self.error(error).message, pause: pause))
                self.pause(pause)
            }
        }
    }

    static func decode<Message: Decodable>(_ event: ServerSentEvent) throws(FloydError) -> Message {
        do {
            return try MessageCoding.decode(Message.self, from: Data(event.data))
        } catch {
            throw FloydError(
                .protocolViolation,
                "the server's stream has a \(event.kind) event that can't be understood",
                hint: "Are the server and this client (\(version)) of the same release?"
            )
        }
    }
}

extension TransportFailure {
    /// Whether the same may go well a moment later: the server restarts, the network comes back.
    var mayPass: Bool {
        switch self {
        case .unreachable, .refused, .unanswered, .broken, .busy: true
        case .local(let error): error.code == .unavailable || error.code == .locked
        case .cancelled: false
        }
    }
}
