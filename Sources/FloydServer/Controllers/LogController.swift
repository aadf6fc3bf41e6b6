import FloydAPI
import FloydCore
import FloydHTTP
import FloydModel
import HTTPTypes
import Logging

/// A job's logs: as files, and as a stream of events.
struct LogController: Sendable {
    var logs: any LogServing
    var jobs: any JobServing
    /// How long a stream is silent before a comment shows that it lives.
    var heartbeat: Duration
    /// How many streams there are.
    var followers: Counter
    var logger: Logger
    private let channels = LogChannels()

    init(
        logs: any LogServing,
        jobs: any JobServing,
        heartbeat: Duration,
        followers: Counter,
        logger: Logger
    ) {
        self.logs = logs
        self.jobs = jobs
        self.heartbeat = heartbeat
        self.followers = followers
        self.logger = logger
    }

    var routes: [Route] {
        [
            Route(
                .get,
                "/api/v1/jobs/{job}/log",
                .file(
                    "getLog",
                    "The log of an attempt, as the worker wrote it (CRI log format).",
                    "Of a log of which a part isn't kept, no ranges are sent.",
                    type: MediaType.plain,
                    query: [.attempt],
                    fields: [.disposition],
                    hasTag: false,
                    problems: [.jobNotFound, .notFound, .gone]
                ),
                .account(file)
            ),
            Route(
                .get,
                "/api/v1/jobs/{job}/log/stream",
                Operation(
                    "streamLog",
                    "The logs of all attempts, one after the other, and the job's moves, as they come.",
                    """
                    Server-sent events: `job` (data: the Job) at first and after each move; `attempt` (data: an Attempt) before the log of each; `log` \
                    (data: a list of LogRecords) whose id is the position behind them; at last `end` (data: the Job). At most one of `from`, `tail`, \
                    `since` and `line` is given; `Last-Event-ID` goes before them.
                    """,
                    query: LogQuery.parameters,
                    fields: [.lastEventID("[0-9]{1,9}-[0-9]{1,18}")],
                    answers: [
                        .events(
                            "Events, until the job has ended.",
                            [
                                "job": .message(JobResponse.self), "attempt": .message(AttemptResponse.self),
                                "log": .list(of: .message(LogRecordMessage.self)), "end": .message(JobResponse.self),
                            ],
                            of: [JobResponse.self, AttemptResponse.self, LogRecordMessage.self]
                        )
                    ],
                    problems: [.jobNotFound, .notFound]
                ),
                .account(stream)
            ),
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
        let attempt = try LogQuery.attempt(request.query)
        guard let path = try await logs.file(of: request.reference(), attempt: attempt, as: account) else {
            return HTTPServerResponse(status: .ok, headerFields: fields, body: .bytes([]))
        }
        if let log = try await GappedLog.open(path) {
            return HTTPServerResponse(
                status: .ok,
                headerFields: fields,
                body: .stream(length: nil) { writer in
                    try await log.send { bytes in try await writer.write(bytes) }
                }
            )
        }
        let file = try await FileResponse.open(path)
        return FileResponse.answer(descriptor: file.descriptor, size: file.size, to: request, fields)
    }

    private func stream(_ request: RoutedRequest, as account: Account) async throws -> HTTPServerResponse {
        let follow = try request.query.boolean("follow") ?? true
        let job = try request.reference()
        let asked = try LogQuery.request(job, request.query, request.fields)
        let reader = try await logs.follow(asked, as: account)
        let access = StreamAccess { [jobs, renew = request.renew] in
            try await renew()
            _ = try await jobs.job(job, as: account)
        }
        let stream = LogEventStream(
            reader: reader,
            channels: channels,
            follow: follow,
            heartbeat: heartbeat,
            access: access
        )
        return EventStreamResponse.make(logger) { writer in
            followers.add(1)
            defer { followers.add(-1) }
            try await stream.run(writingTo: writer)
        }
    }
}
