import FloydAPI
import FloydCore
import FloydHTTP
import FloydModel
import HTTPTypes
import Logging

/// A job's log: as a file, and as a stream of events.
struct LogController: Sendable {
    var logs: any LogServing
    /// How long a stream is silent before a comment shows that it lives.
    var heartbeat: Duration
    var logger: Logger

    var routes: [Route] {
        [
            Route(.get, "/api/v1/jobs/{job}/log", .account(file)),
            Route(.get, "/api/v1/jobs/{job}/log/stream", query: ["follow", "offset"], .account(stream)),
        ]
    }

    private func file(_ request: RoutedRequest, as account: Account) async throws -> HTTPServerResponse {
        let fields: HTTPFields = [
            .contentType: "text/plain; charset=utf-8",
            .contentDisposition: ContentDisposition.attachment("log.txt"),
            .contentSecurityPolicy: OutputController.contentSecurityPolicy,
            .xContentTypeOptions: "nosniff",
            .cacheControl: "no-store",
        ]
        guard let path = try await logs.file(of: request.reference(), as: account) else {
            return HTTPServerResponse(status: .ok, headerFields: fields, body: .bytes([]))
        }
        let file = try await FileResponse.open(path)
        return FileResponse.answer(descriptor: file.descriptor, size: file.size, to: request, fields)
    }

    private func stream(_ request: RoutedRequest, as account: Account) async throws -> HTTPServerResponse {
        let follow = try request.query.boolean("follow") ?? true
        let reader = try await logs.follow(request.reference(), from: Self.offset(of: request), as: account)
        let stream = LogEventStream(reader: reader, follow: follow, heartbeat: heartbeat)
        return HTTPServerResponse(
            status: .ok,
            headerFields: [
                .contentType: MediaType.eventStream,
                .cacheControl: "no-store",
                .xContentTypeOptions: "nosniff",
                // nginx would hold events back to fill its buffers.
                .buffering: "no",
            ],
            body: .stream(length: nil) { [logger] writer in
                do {
                    try await stream.run(writingTo: writer)
                } catch let error as FloydError {
                    logger.error("a log stream broke off", metadata: ["error": "\(error)"])
                    throw error
                }
            }
        )
    }

    /// What the client has seen already: a browser that comes back says so in a field, whatever the address had.
    static func offset(of request: RoutedRequest) throws(FloydError) -> Int64 {
        let asked: Int64? = try request.query.integer("offset")
        guard let last = request.fields[.lastEventID], !last.isEmpty else {
            guard let asked else { return 0 }
            guard asked >= 0 else { throw QueryParameters.wrong("offset", "is negative") }
            return asked
        }
        guard let offset = Int64(last), offset >= 0, last.first != "+" else {
            throw FloydError(
                .invalidRequest,
                "Last-Event-ID is not an offset: \(Printable.cut(last))",
                hint: "Give the id of the last event that you got."
            )
        }
        return offset
    }
}
