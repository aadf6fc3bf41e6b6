/// A request that has no one meaning, or is over a limit: what is answered before the connection is closed.
struct ProtocolError: Error, Hashable {
    /// The status code of the answer.
    var status: Int
    /// What is wrong, for the body of the answer and for the log; nothing of the request itself.
    var reason: String

    init(_ status: Int, _ reason: String) {
        self.status = status
        self.reason = reason
    }
}
