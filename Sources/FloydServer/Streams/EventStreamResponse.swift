import FloydAPI
import FloydHTTP
import FloydModel
import HTTPTypes
import Logging

/// A stream of server-sent events as an answer.
enum EventStreamResponse {
    /// - Parameter run: writes the events; what goes wrong in it breaks the connection off.
    static func make(_ logger: Logger, _ run: @escaping @Sendable (HTTPBodyWriter) async throws -> Void)
        -> HTTPServerResponse
    {
        HTTPServerResponse(
            status: .ok,
            headerFields: [
                .contentType: MediaType.eventStream,
                .cacheControl: "no-store",
                .xContentTypeOptions: "nosniff",
                // nginx would hold events back to fill its buffers.
                .buffering: "no",
            ],
            body: .stream(length: nil) { writer in
                do {
                    try await run(writer)
                } catch let error as FloydError {
                    logger.error("a stream of events broke off", metadata: ["error": "\(error)"])
                    throw error
                }
            }
        )
    }
}
