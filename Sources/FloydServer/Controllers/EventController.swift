import FloydAPI
import FloydCore
import FloydHTTP
import FloydModel
import HTTPTypes
import Logging

/// The moves of jobs: as a list, and as a stream of events.
struct EventController: Sendable {
    var events: any EventServing
    var jobs: any JobServing
    /// How long a stream is silent before a comment shows that it lives.
    var heartbeat: Duration
    var logger: Logger

    var routes: [Route] {
        [
            Route(.get, "/api/v1/events", query: ["after", "job", "limit"], .account(list)),
            Route(.get, "/api/v1/events/stream", query: ["after", "job"], .account(stream)),
        ]
    }

    private func list(_ request: RoutedRequest, as account: Account) async throws -> HTTPServerResponse {
        let after = try Self.after(request.query) ?? 0
        let limit = try request.page().limit
        let items = try await events.events(after: after, job: Self.job(request.query), limit: limit, as: account)
        let next = items.count == limit ? items.last.map { "\($0.id)" } : nil
        return try .json(ListResponse(items: items, next: next))
    }

    private func stream(_ request: RoutedRequest, as account: Account) async throws -> HTTPServerResponse {
        let job = try Self.job(request.query)
        // What may not be seen is told before a stream begins.
        let id = if let job { Reference(.id(try await jobs.job(job, as: account).id)) } else { Reference?.none }
        let stream = MoveEventStream(
            events: events,
            jobs: jobs,
            last: try await start(of: request),
            job: id,
            account: account,
            heartbeat: heartbeat,
            access: StreamAccess { [jobs, renew = request.renew] in
                try await renew()
                if let id { _ = try await jobs.job(id, as: account) }
            }
        )
        return EventStreamResponse.make(logger) { writer in try await stream.run(writingTo: writer) }
    }

    /// What the client has seen already goes before what the address says.
    private func start(of request: RoutedRequest) async throws -> Int64 {
        let after = try Self.after(request.query)
        guard let last = request.fields[.lastEventID], !last.isEmpty else {
            if let after { return after }
            return try await events.latest()
        }
        guard let id = Int64(last), id >= 0, last.first != "+" else {
            throw FloydError(
                .invalidRequest,
                "Last-Event-ID is not the number of an event: \(Printable.cut(last))",
                hint: "Give the id of the last event that you got."
            )
        }
        return id
    }

    private static func after(_ query: QueryParameters) throws(FloydError) -> Int64? {
        guard let id: Int64 = try query.integer("after") else { return nil }
        guard id >= 0 else { throw QueryParameters.wrong("after", "is negative") }
        return id
    }

    private static func job(_ query: QueryParameters) throws(FloydError) -> Reference? {
        guard let text = query["job"] else { return nil }
        return try Reference(parsing: text)
    }
}
