import FloydHTTP
import FloydModel

extension ErrorTranslation {
    /// What a body that couldn't be read is to be called. Where the client has left, nobody reads it.
    static func error(from error: HTTPBodyError) -> FloydError {
        switch error {
        case .tooLarge: FloydError(.tooLarge, error.reason)
        case .malformed, .trailersTooLarge, .clientLeft: FloydError(.invalidRequest, error.reason)
        case .timedOut: FloydError(.tooSlow, error.reason, hint: "Send the rest in a new request.")
        case .cancelled, .stopping: FloydError(.unavailable, error.reason, hint: "Try again in a moment.")
        case .concurrentUse, .finished: FloydError(.internalError, error.reason)
        }
    }
}
