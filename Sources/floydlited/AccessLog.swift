import FloydHTTP
import Logging

/// What the HTTP server did, as log lines. Queries stay out of them: one might hold what nobody should read.
struct AccessLog: Sendable {
    let logger: Logger

    func observe(_ event: HTTPServerEvent) {
        switch event {
        case .requestFinished(let request):
            logger.debug(
                "request",
                metadata: [
                    "method": "\(request.method)",
                    "path": "\(request.target.prefix { $0 != "?" })",
                    "status": "\(request.status)",
                    "received": "\(request.bytesReceived)",
                    "sent": "\(request.bytesSent)",
                    "duration": "\(request.duration)",
                ]
            )
        case .acceptFailed(let error):
            logger.warning("A connection could not be accepted", metadata: ["error": "\(error)"])
        default:
            logger.debug("\(event)")
        }
    }
}
