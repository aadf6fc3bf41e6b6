import Glibc

/// Why a server can't listen, with what to do about it. Thrown before anything is served.
public struct HTTPServerError: Error, Sendable, Hashable, CustomStringConvertible {
    public enum Reason: Sendable, Hashable {
        /// The text is no address.
        case invalidAddress
        /// Something else listens there, or something that isn't a socket is in the way.
        case addressInUse
        /// The process may not listen there.
        case permissionDenied
        /// Another system call failed.
        case system
        /// The server was started already, or has stopped.
        case invalidState
    }

    public var reason: Reason
    /// One sentence, lower case, without a final full stop.
    public var message: String
    /// What to do, as a sentence of its own.
    public var hint: String?

    init(_ reason: Reason, _ message: String, hint: String? = nil) {
        self.reason = reason
        self.message = message
        self.hint = hint
    }

    static func system(_ call: String, _ code: Int32) -> Self {
        Self(.system, "\(call) failed: \(String(cString: strerror(code)))")
    }

    public var description: String {
        hint.map { "\(message). \($0)" } ?? message
    }
}
