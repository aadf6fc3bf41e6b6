import FloydHTTP
import FloydModel

extension ErrorTranslation {
    /// What a body that couldn't be read is to be called. Where the client has left, nobody reads it.
    static func error(from error: HTTPBodyError) -> FloydError {
        switch error {
        case .tooLarge: FloydError(.tooLarge, error.reason)
        case .malformed, .trailersTooLarge, .timedOut, .clientLeft: FloydError(.invalidRequest, error.reason)
        case .cancelled, .stopping: FloydError(.unavailable, error.reason, hint: "Try again in a moment.")
        case .concurrentUse, .finished: FloydError(.internalError, error.reason)
        }
    }
}
