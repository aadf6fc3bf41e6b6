import HTTPTypes

/// How an answer is sent: decided once, from the request, the handler's answer and the state of the server.
struct AnswerPlan: Hashable {
    /// What is known of the length of the answer's content.
    enum Content: Hashable {
        case none
        case length(Int64)
        case unknown
    }

    var framing: ResponseFraming
    /// Whether content follows the head; not for HEAD, 204 and 304.
    var sendsContent: Bool
    var keepsConnection: Bool
    var connection: ResponseHead.ConnectionOption?

    init(
        status: Int,
        content: Content,
        method: HTTPRequest.Method,
        version: HTTPVersion,
        mayKeep: Bool
    ) {
        let isHead = method == .head
        var keeps = mayKeep
        if status == 204 || status == 304 {
            framing = .none
            sendsContent = false
        } else {
            switch content {
            case .none:
                framing = isHead ? .none : .length(0)
            case .length(let length):
                framing = .length(length)
            case .unknown where version == .http11:
                framing = .chunked
            case .unknown:
                framing = .close
                if !isHead { keeps = false }
            }
            sendsContent = !isHead && content != .none && content != .length(0)
        }
        keepsConnection = keeps
        connection = keeps ? (version == .http10 ? .keepAlive : nil) : .close
    }
}
