/// Why content can't be read or written any further.
public enum HTTPBodyError: Error, Sendable, Hashable {
    /// There is, or would be, more content than the limit allows. Answer 413.
    case tooLarge(limit: Int64)
    /// The framing of the content makes no sense. Answer 400.
    case malformed(String)
    /// A limit of the trailer section was passed. Answer 431.
    case trailersTooLarge
    /// The client was too slow. Answer 408.
    case timedOut
    /// The client left, or cut its content short.
    case clientLeft
    /// The task was cancelled.
    case cancelled
    /// The server stops; told after `isStopping` was seen once.
    case stopping
    /// Another task reads, or writes, at the same time.
    case concurrentUse
    /// The request has been answered already.
    case finished

    /// The status that answers a request whose content couldn't be read for this reason.
    public var status: Int {
        switch self {
        case .tooLarge: 413
        case .malformed: 400
        case .trailersTooLarge: 431
        case .timedOut: 408
        case .clientLeft: 400
        case .cancelled, .stopping: 503
        case .concurrentUse, .finished: 500
        }
    }

    /// What is wrong, in one lower-case sentence without a full stop.
    public var reason: String {
        switch self {
        case .tooLarge(let limit): "the content is larger than \(limit) bytes"
        case .malformed(let reason): reason
        case .trailersTooLarge: "trailer fields too large"
        case .timedOut: "the content came too slowly"
        case .clientLeft: "the content is incomplete"
        case .cancelled: "the request was cancelled"
        case .stopping: "the server stops"
        case .concurrentUse: "the content is in use already"
        case .finished: "the request was answered already"
        }
    }

    init(_ error: ProtocolError, limit: Int64) {
        switch error.status {
        case 413: self = .tooLarge(limit: limit)
        case 431: self = .trailersTooLarge
        default: self = .malformed(error.reason)
        }
    }
}
