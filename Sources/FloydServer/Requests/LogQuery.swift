import FloydAPI
import FloydCore
import FloydModel
import HTTPTypes

/// Which part of a job's logs a request asks for.
enum LogQuery {
    static let parameters: [Parameter] = [
        Parameter(
            "follow",
            "Whether to wait for what the job has yet to say, up to its end; true without it.",
            .boolean
        ),
        .attempt,
        Parameter(
            "from",
            "Behind this position: `ATTEMPT-OFFSET`, as ids of events have it.",
            .string("^[0-9]{1,9}-[0-9]{1,18}$")
        ),
        Parameter("tail", "So many lines before the end of the latest log.", .count),
        Parameter("since", "With the first record that isn't older (RFC 3339).", .time),
        Parameter("line", "With this line, counted from 1, of the attempt or of the first one.", .integer(from: 1)),
        Parameter(
            "stream",
            "Records of these streams alone, with commas between them.",
            .string("^(stdout|stderr|system)(,(stdout|stderr|system))*$")
        ),
    ]
    private static let starts = ["from", "tail", "since", "line"]

    /// What the client has seen already goes before all else: a browser that comes back says so in a field, whatever the address had.
    ///
    /// - Throws: `invalidRequest` for what makes no sense.
    static func request(_ job: Reference, _ query: QueryParameters, _ fields: HTTPFields) throws(FloydError)
        -> LogRequest
    {
        let start = try start(query)
        var request = LogRequest(job, attempt: try attempt(query), from: start, streams: try streams(query))
        guard let last = fields[.lastEventID], !last.isEmpty else { return request }
        guard let position = LogPosition(last) else {
            throw FloydError(
                .invalidRequest,
                "Last-Event-ID is not a position: \(Printable.cut(last))",
                hint: "Give the id of the last event that you got."
            )
        }
        request.start = .position(position)
        return request
    }

    static func attempt(_ query: QueryParameters) throws(FloydError) -> Int? {
        guard let number: Int = try query.integer("attempt") else { return nil }
        guard number > 0 else { throw QueryParameters.wrong("attempt", "is not a number from 1 on") }
        return number
    }

    private static func start(_ query: QueryParameters) throws(FloydError) -> LogRequest.Start {
        let given = starts.filter { query[$0] != nil }
        guard given.count < 2 else {
            throw QueryParameters.wrong(given[1], "can't be given together with \(given[0])")
        }
        if let text = query["from"] {
            guard let position = LogPosition(text) else {
                throw QueryParameters.wrong(
                    "from",
                    "is not a position, which is ATTEMPT-OFFSET, as events have it for their id"
                )
            }
            return .position(position)
        }
        if let count: Int = try query.integer("tail") {
            guard count >= 0 else { throw QueryParameters.wrong("tail", "is negative") }
            return .lastLines(count)
        }
        if let line: Int = try query.integer("line") {
            guard line > 0 else { throw QueryParameters.wrong("line", "is not a number from 1 on") }
            return .line(line)
        }
        if let text = query["since"] {
            guard let date = MessageCoding.date(text) else {
                throw QueryParameters.wrong("since", "is not a time like 2026-11-22T12:00:00Z")
            }
            return .since(date)
        }
        return .beginning
    }

    private static func streams(_ query: QueryParameters) throws(FloydError) -> Set<LogRequest.Stream> {
        guard let text = query["stream"] else { return Set(LogRequest.Stream.allCases) }
        var streams: Set<LogRequest.Stream> = []
        for name in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let stream = LogRequest.Stream(rawValue: String(name)) else {
                throw QueryParameters.wrong("stream", "is none of stdout, stderr, system, or several with commas")
            }
            streams.insert(stream)
        }
        return streams
    }
}
