import ArgumentParser
import FloydAPI
import FloydClient
import FloydModel

struct LogsCommand: FloydCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs",
        abstract: "Show a job's log.",
        discussion: """
            The logs of all attempts follow one another. With --follow they are shown as they grow, up to the job's end, and \
            the exit status is the job's, or that of the attempt that alone was asked for. Ctrl-C ends the following, not the \
            job. A connection that breaks is taken up where it broke.

            With --json each line is a document: the records of the log, and the job as the last.
            """
    )

    static let streams = ["stdout", "stderr", "system"]

    @Argument(help: "The job; without it the latest of this folder's project.")
    var job: String?
    @Flag(name: [.customShort("t"), .customShort("f"), .long], help: "Show what is yet to come too.")
    var follow = false
    @Option(
        help: ArgumentHelp(
            "Begin with the last lines, that many; without a number the same as --follow.",
            valueName: "lines"
        )
    )
    var tail: Int?
    @Option(
        help: ArgumentHelp(
            "Begin with the lines of the last 10m or 2h, or since \"2026-11-22 14:00\" or 2026-11-22T14:00:00Z.",
            valueName: "time"
        )
    )
    var since: String?
    @Option(help: ArgumentHelp("Only stdout, stderr or system; again for each.", valueName: "name"))
    var stream: [String] = []
    @Option(
        help: ArgumentHelp(
            "Only lines that match this extended regular expression, as grep -E takes it.",
            valueName: "expression"
        )
    )
    var grep: String?
    @Option(help: ArgumentHelp("The log of this attempt alone.", valueName: "number"))
    var attempt: Int?
    @Flag(help: "Print the job's bytes exactly.")
    var raw = false
    @Flag(name: .shortAndLong, help: "Print the log's address instead.")
    var url = false
    @OptionGroup var output: OutputOptions

    var wantsJSON: Bool { output.json }

    func validate() throws {
        if raw, output.json { throw ValidationError("--raw and --json exclude each other") }
        if tail != nil, since != nil { throw ValidationError("--tail and --since exclude each other") }
        if let tail, tail < 0 { throw ValidationError("--tail \(tail) is no number of lines") }
        if let attempt, attempt < 1 { throw ValidationError("there is no attempt \(attempt): they count from 1") }
        for name in stream where !Self.streams.contains(name) {
            throw ValidationError("there is no stream \(name): there are \(Self.streams.joined(separator: ", "))")
        }
        if url, follow || raw || tail != nil || since != nil || grep != nil || !stream.isEmpty {
            throw ValidationError("--url goes with --attempt alone: it is the address of the whole log")
        }
    }

    func execute(_ context: CommandContext) throws(FloydError) -> Int32 {
        // Mistakes first: nothing is asked of the server for a line that can't be done.
        let pattern = try grep.map { text throws(FloydError) in try LinePattern(text) }
        let start = try since.map { text throws(FloydError) in try LogStart(parsing: text) }
        let reference = try context.job(job)
        let client = try context.client()
        if url {
            let query = attempt.map { "?attempt=\($0)" } ?? ""
            try OutputRenderer(format: output.format, context: context)
                .render(AddressView(url: client.url(of: APIPath.log(of: reference) + query)))
            return ExitStatus.success
        }
        var query = LogQuery(isFollowing: follow, attempt: attempt)
        query.streams = Self.streams.filter(stream.contains)
        if let tail { query.start = .tail(tail) }
        if let start { query.start = .since(try start.date(serverTime: client.serverTime, now: context.now())) }
        return try LogFollower(
            client: client,
            context: context,
            format: raw ? .raw : output.json ? .json : .text,
            query: query,
            pattern: pattern
        )
        .show(reference)
    }

    /// The same words with `--tail` as the parser takes it: without a number behind it, it is `--follow`, as it was in 2017
    /// (`logs --tail JOB`). A number behind it is always one of lines.
    static func tailSpelledOut(_ arguments: [String]) -> [String] {
        guard arguments.first == configuration.commandName else { return arguments }
        var words = arguments
        let end = words.firstIndex(of: "--") ?? words.endIndex
        for index in words[..<end].indices where words[index] == "--tail" {
            let next = index + 1 < end ? words[index + 1] : ""
            let isNumber =
                !next.isEmpty && next.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            if !isNumber { words[index] = "--follow" }
        }
        return words
    }
}
