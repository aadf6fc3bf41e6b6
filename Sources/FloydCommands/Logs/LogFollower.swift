import FloydAPI
import FloydClient
import FloydModel

/// Shows a job's log, and how the job ended.
struct LogFollower {
    var client: FloydClient
    var context: CommandContext
    var format: LogFormat
    var query: LogQuery
    /// Only lines that match; nil: all.
    var pattern: LinePattern?

    private var isFollowing: Bool { query.isFollowing }

    /// - Returns: the exit status that the job's end means, or that of the attempt that alone was asked for.
    func show(_ reference: Reference) throws(FloydError) -> Int32 {
        if isFollowing { context.rememberInterruption() }
        let console = context.console
        var printer = LogPrinter(console: console, format: format, pattern: pattern)
        var name = reference.description
        var last: JobResponse?
        var isBroken = false
        var found: Set<Int> = []
        do throws(FloydError) {
            let job = try client.log(of: reference, query) { event throws(FloydError) in
                switch event {
                case .job(let job):
                    isBroken = false
                    name = job.name
                    printer.breakLine()
                    tell(job, after: last)
                    last = job
                case .attempt(let attempt):
                    found.insert(attempt.number)
                    try printer.begin(attempt: attempt.number)
                    introduce(attempt, of: last)
                case .records(let records):
                    try printer.print(records)
                case .reconnecting(let reason, _):
                    printer.breakLine()
                    // Once for each break, however many attempts it takes to mend it.
                    if !isBroken { console.note("floydlite: \(reason); trying again") }
                    isBroken = true
                }
            }
            try printer.finish()
            if format == .json { try OutputRenderer(format: .json, context: context).renderLine(JobDetails(job: job)) }
            console.flush()
            let gone = query.gone(from: job, found: found)
            for number in gone {
                console.note("floydlite: the log of attempt \(number) of \(TextStyle.shortName(of: job)) is gone")
            }
            let status = isFollowing ? tellEnd(of: job) : ExitStatus.success
            return status == ExitStatus.success && !gone.isEmpty ? ExitStatus.notFound : status
        } catch {
            try printer.finish()
            guard error.code == .cancelled, isFollowing else { throw error }
            // Of a job that no server has spoken of, nobody knows.
            guard last != nil else { return ExitStatus.interrupted }
            console.note(
                "\nThe job goes on. Follow it again with `floydlite logs -t \(name)`, end it with `floydlite stop \(name)`."
            )
            return ExitStatus.interrupted
        }
    }

    /// Says whose log follows, where there is more than one.
    private func introduce(_ attempt: AttemptResponse, of job: JobResponse?) {
        guard attempt.number > 1 || job.map({ $0.attempt > 1 }) == true else { return }
        context.console.note("attempt \(attempt.number) of \(job.map(TextStyle.shortName) ?? "the job") begins")
    }

    /// Says on standard error what the log itself doesn't: that the job waits. Its end is told by `tellEnd`: when the server first says
    /// so, after a break for one, the last lines are yet to come.
    private func tell(_ job: JobResponse, after last: JobResponse?) {
        guard job.state != last?.state || job.reason != last?.reason else { return }
        switch job.state {
        case .queued where isFollowing: context.console.note("\(job.name) is queued\(because(job.reason))")
        case .queued where job.attempt == 0:
            context.console.note("\(job.name) is queued and has no log yet\(because(job.reason))")
        case .queued, .starting, .running, .stopping, .finished: break
        }
    }

    /// Says how it ended what was followed, and returns the exit status that this means.
    private func tellEnd(of job: JobResponse) -> Int32 {
        if let number = query.attempt, let attempt = job.attempts.first(where: { $0.number == number }) {
            tell(attempt, of: job)
            return ExitStatus.of(attempt)
        }
        if job.state == .finished {
            context.console.note("\(job.name) ended: \(job.outcome?.rawValue ?? "unknown")\(because(job.reason))")
        }
        return ExitStatus.of(job)
    }

    private func tell(_ attempt: AttemptResponse, of job: JobResponse) {
        guard let outcome = attempt.outcome else { return }
        context.console.note(
            "attempt \(attempt.number) of \(TextStyle.shortName(of: job)) ended: "
                + "\(outcome.rawValue)\(because(attempt.reason))"
        )
    }

    private func because(_ reason: String?) -> String {
        reason.map { ": \(TextStyle.printable($0))" } ?? ""
    }
}

extension LogQuery {
    /// The attempts whose logs were asked for and are not there although their commands ran: a job that says nothing has a log too.
    ///
    /// - Parameter found: the attempts whose logs the server had.
    fileprivate func gone(from job: JobResponse, found: Set<Int>) -> [Int] {
        // What begins later passes over earlier attempts.
        let first = start == .beginning ? 1 : found.min() ?? 1
        return job.attempts.filter { attempt in
            attempt.number >= first && self.attempt ?? attempt.number == attempt.number
                && attempt.started != nil && attempt.finished != nil && !found.contains(attempt.number)
        }.map(\.number)
    }
}
