import FloydAPI
import FloydHTTP
import FloydModel
import Logging

/// Turns whatever a handler threw into an error that may be shown.
struct ErrorTranslation: Sendable {
    var logger: Logger

    /// A `FloydError` that says what the asker did, or that the server isn't ready, stays as it is. Everything else is a fault of the
    /// program: it goes to the log under an id, and only the id to the asker.
    func error(from thrown: any Error, during request: String) -> FloydError {
        switch thrown {
        case let error as FloydError where error.code.status < 500 || Self.shown.contains(error.code):
            return error
        case let error as HTTPBodyError:
            return Self.error(from: error)
        case is CancellationError:
            return FloydError(.unavailable, "the request was given up", hint: "Try again in a moment.")
        default:
            let id = ObjectID()
            logger.error(
                "a request failed",
                metadata: ["id": "\(id)", "request": "\(request)", "error": "\(thrown)"]
            )
            return FloydError(
                .internalError,
                "something went wrong in the server",
                hint: "Its log has the reason under \(id)."
            )
        }
    }

    private static let shown: Set<FloydError.Code> = [
        .unavailable, .isolationUnavailable, .environmentUnavailable, .outOfSpace,
    ]
}
