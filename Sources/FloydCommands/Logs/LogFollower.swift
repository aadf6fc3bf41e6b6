import FloydAPI
import FloydClient
import FloydModel
import FoundationEssentials

/// The forms of a log.
enum LogFormat {
    /// Lines for people.
    case text
    /// The job's bytes exactly.
    case raw
    /// One record a line, and the job as the last.
    case json
}

/// Shows a job's log, and how the job ended.
struct LogFollower {
    var client: FloydClient
    var context: CommandContext
    var format: LogFormat
    var isFollowing: Bool

    /// - Returns: the exit status that the job's end means.
    func show(_ reference: Reference) throws(FloydError) -> Int32 {
        if isFollowing { context.rememberInterruption() }
        let console = context.console
        var text = LogText(isTerminal: console.output.isTerminal)
        var name = reference.description
        var last: JobResponse?
        var isBroken = false
        do throws(FloydError) {
            let job = try client.log(of: reference, following: isFollowing) { event throws(FloydError) in
                switch event {
                case .job(let job):
                    isBroken = false
                    name = job.name
                    console.write(text.breakLine())
                    tell(job, after: last)
                    last = job
                case .attempt(let attempt):
                    guard attempt.number > 1 else { break }
                    console.write(text.breakLine())
                    console.note("attempt \(attempt.number) begins")
                case .records(let records):
                    for record in records { try show(record, &text) }
                    console.flush()
                case .reconnecting(let reason, _):
                    console.write(text.breakLine())
                    // Once for each break, however many attempts it takes to mend it.
                    if !isBroken { console.note("floydlite: \(reason); trying again") }
                    isBroken = true
                }
            }
            if format == .text { console.write(text.finish()) }
            if format == .json { try OutputRenderer(format: .json, context: context).renderLine(JobDetails(job: job)) }
            console.flush()
            guard isFollowing else { return ExitStatus.success }
            tell(job, after: last)
            return ExitStatus.of(job)
        } catch {
            if format == .text { console.write(text.finish()) }
            guard error.code == .cancelled, isFollowing else { throw error }
            console.note(
                "\nThe job goes on. Follow it again with `floydlite logs -t \(name)`, end it with `floydlite stop \(name)`."
            )
            return ExitStatus.interrupted
        }
    }

    private func show(_ record: LogRecordMessage, _ text: inout LogText) throws(FloydError) {
        switch format {
        case .text:
            context.console.write(text.add(record))
        case .raw:
            // What Floydlite itself has to say is not the job's.
            guard record.stream != Self.systemStream else { return }
            context.console.write(record.bytes)
            if !record.partial { context.console.write(CollectionOfOne(UInt8(ascii: "\n"))) }
        case .json:
            context.console.write(try OutputRenderer.encode(record, pretty: false))
        }
    }

    private static let systemStream = "system"

    /// Says on standard error what the log itself doesn't: that the job waits, and how it ended.
    private func tell(_ job: JobResponse, after last: JobResponse?) {
        guard job.state != last?.state || job.reason != last?.reason else { return }
        let reason = job.reason.map { ": \(TextStyle.printable($0))" } ?? ""
        switch job.state {
        case .queued where isFollowing: context.console.note("\(job.name) is queued\(reason)")
        case .finished where isFollowing:
            context.console.note("\(job.name) ended: \(job.outcome?.rawValue ?? "unknown")\(reason)")
        case .queued: context.console.note("\(job.name) is queued and has no log yet\(reason)")
        case .starting, .running, .stopping, .finished: break
        }
    }
}
