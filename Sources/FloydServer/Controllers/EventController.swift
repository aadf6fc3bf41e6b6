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
            Route(
                .get,
                "/api/v1/events",
                Operation(
                    "listMoves",
                    "The moves of jobs, the oldest first.",
                    query: [.after, .job, .cursor(.string("^[0-9]{1,18}$")), .limit],
                    answers: [.page(of: EventResponse.self)],
                    problems: [.jobNotFound, .invalidName]
                ),
                .account(list)
            ),
            Route(
                .get,
                "/api/v1/events/stream",
                Operation(
                    "streamMoves",
                    "The moves of jobs as they happen.",
                    """
                    Server-sent events: `move` (data: a Move) with the move's id; with `job`, at last `end` (data: the Job), and the stream is \
                    over. Without `job` it has no end. It begins behind `Last-Event-ID`, else behind `after`, else with what comes next.
                    """,
                    query: [.after, .job],
                    fields: [.lastEventID("[0-9]{1,18}")],
                    answers: [
                        .events(
                            "Events, until the job has ended.",
                            ["move": .message(EventResponse.self), "end": .message(JobResponse.self)],
                            of: [EventResponse.self, JobResponse.self]
                        )
                    ],
                    problems: [.jobNotFound, .invalidName]
                ),
                .account(stream)
            ),
        ]
    }

    private func list(_ request: RoutedRequest, as account: Account) async throws -> HTTPServerResponse {
        let after = try Self.cursor(request.query) ?? Self.after(request.query) ?? 0
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

    /// The last move of the page before.
    private static func cursor(_ query: QueryParameters) throws(FloydError) -> Int64? {
        guard let text = query["cursor"] else { return nil }
        guard query["after"] == nil else { throw QueryParameters.wrong("cursor", "can't be given together with after") }
        guard let id = Int64(text), id >= 0, text.first != "+" else { throw PageRequest.malformedCursor }
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
