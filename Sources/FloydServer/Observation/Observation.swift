public import FloydCore
public import FloydHTTP
public import FloydModel
public import Logging
import Synchronization

/// Watches the servers of an application: counts what they do, and writes the access log.
public final class Observation: Sendable {
    private let requests: RequestMetrics
    private let accessLog: LineLog<AccessLogLine>?
    private let logger: Logger
    private let lastWarning = Mutex<ContinuousClock.Instant?>(nil)

    /// - Throws: `localFile` if the access log can't be opened.
    public init(
        of application: Application,
        accessLog place: ServerConfiguration.AccessLogPlace,
        logger: Logger
    ) throws(FloydError) {
        requests = application.requests
        accessLog = try LineLog(
            place,
            format: { line, bytes in line.write(into: &bytes) },
            formatDropped: AccessLogLine.writeDropped,
            logger: logger
        )
        self.logger = logger
        requests.setDroppedLines { [accessLog] in accessLog?.dropped ?? 0 }
    }

    /// Opens the access log's file anew.
    public func reopenAccessLog() {
        accessLog?.reopen()
    }

    /// Returns when the access log has all that was observed so far.
    public func flush() async {
        await accessLog?.flush()
    }

    /// Counts the connections of a server, from now on.
    public func watch(_ server: HTTPServer, as listener: String) {
        requests.watch(listener) { [weak server] in server?.connectionCount ?? 0 }
    }

    /// Counts a request that is answered at once, if it is, as under way until `observe` hears of its end.
    public func answerAtOnce(_ answer: () -> HTTPServerResponse?) -> HTTPServerResponse? {
        let response = answer()
        if response != nil { requests.began() }
        return response
    }

    /// Runs a handler, and counts the request as under way until `observe` hears of its end.
    public func answer(
        _ request: HTTPServerRequest,
        _ handler: (HTTPServerRequest) async -> HTTPServerResponse
    ) async -> HTTPServerResponse {
        requests.began()
        return await handler(request)
    }

    /// Takes what a server tells. Costs a fraction of a microsecond, and never waits.
    public func observe(_ event: HTTPServerEvent) {
        switch event {
        case .requestFinished(let record):
            let note = record.annotation as? RequestNote
            requests.finished(record, note?.route)
            accessLog?.append(
                AccessLogLine(
                    time: AccessLogLine.now(),
                    status: record.status,
                    client: note?.client ?? record.peer.address,
                    course: .answered(
                        method: record.method,
                        route: requests.template(of: note?.route),
                        received: record.bytesReceived,
                        sent: record.bytesSent,
                        duration: record.duration,
                        user: note?.user?.string,
                        isIncomplete: record.isIncomplete
                    )
                )
            )
        case .protocolError(let status, let reason, let peer):
            requests.refused(status)
            log(refusal: status, reason, peer)
        case .connectionRefused(let peer):
            requests.refused(503)
            log(refusal: 503, "too many connections", peer)
        case .acceptFailed(let code):
            requests.acceptFailed()
            // It may happen thousands of times a second.
            let isNews = lastWarning.withLock { last in
                let now = ContinuousClock.now
                if let last, now - last < .seconds(1) { return false }
                last = now
                return true
            }
            if isNews { logger.warning("A connection could not be accepted", metadata: ["errno": "\(code)"]) }
        }
    }

    private func log(refusal status: Int, _ reason: String, _ peer: Peer) {
        accessLog?.append(
            AccessLogLine(
                time: AccessLogLine.now(),
                status: status,
                client: peer.address,
                course: .refused(reason: reason)
            )
        )
    }
}

extension Peer {
    fileprivate var address: String {
        switch self {
        case .tcp(let ip, _): ip
        case .unix: "unix"
        }
    }
}
