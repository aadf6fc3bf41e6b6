internal import FloydAPI
internal import FloydModel
internal import FloydOS
internal import FloydRun
internal import FloydStore
internal import FoundationEssentials

/// Where a reader begins.
struct LogStart: Sendable, Hashable {
    var position: LogPosition
    /// Whether the reader has been told already which attempt that is: it goes on where it was.
    var isKnown = false
}

/// Finds the place in a job's logs at which a reader begins. It reads as much of them as it takes, so it blocks.
struct LogStartFinder: Sendable {
    let folder: DataFolder
    let indexes: LogIndexes

    /// - Throws: `notFound` for an attempt that there wasn't, `invalidRequest` for a position there can't be.
    static func check(_ request: LogRequest, for job: JobRecord) throws(FloydError) {
        if let attempt = request.attempt {
            guard attempt > 0, attempt <= job.attempt else { throw missing(attempt, job) }
        }
        switch request.start {
        case .position(let position):
            guard position.attempt <= job.attempt else { throw missing(position.attempt, job) }
            guard position.attempt == 0 || request.attempt == nil || position.attempt == request.attempt else {
                throw FloydError(
                    .invalidRequest,
                    "the position \(position) is not in the log of attempt \(request.attempt ?? 0)",
                    hint: "Ask for the attempt that the position names, or for all."
                )
            }
        case .lastLines(let count) where count < 0:
            throw FloydError(.invalidRequest, "the number of lines is negative")
        case .line(let line) where line < 1:
            throw FloydError(.invalidRequest, "lines are counted from 1")
        case .beginning, .lastLines, .since, .line:
            break
        }
    }

    private static func missing(_ attempt: Int, _ job: JobRecord) -> FloydError {
        let count = job.attempt == 0 ? "no attempt yet" : job.attempt == 1 ? "one attempt" : "\(job.attempt) attempts"
        return FloydError(.notFound, "there is no attempt \(attempt) of this job", hint: "It has had \(count).")
    }

    func find(_ request: LogRequest, for job: JobRecord) throws -> LogStart {
        let numbers = request.attempt.map { [$0] } ?? Array(stride(from: 1, through: job.attempt, by: 1))
        let beginning = LogStart(position: LogPosition(attempt: numbers.first ?? 0, offset: 0))
        switch request.start {
        case .beginning:
            return beginning
        case .position(let position):
            return position.attempt == 0 ? beginning : LogStart(position: position, isKnown: true)
        case .lastLines(let count):
            for number in numbers.reversed() {
                guard let log = try LogFile(run(number, of: job).log).open() else { continue }
                let offset = try log.offset(ofLast: count, from: request.sources)
                return LogStart(position: LogPosition(attempt: number, offset: offset))
            }
            return beginning
        case .since(let date):
            // A time that no log can have is before or behind all of them.
            let seconds = min(max(date.timeIntervalSince1970, 0), 9_000_000_000)
            let time = WallTime(nanoseconds: Int64((seconds * 1_000_000).rounded()) * 1000)
            for number in numbers {
                let run = run(number, of: job)
                guard let log = try LogFile(run.log).open() else { continue }
                let offset = try indexes.index(run.logIndex).offset(since: time, in: log)
                if try offset < log.size() || number == numbers.last {
                    return LogStart(position: LogPosition(attempt: number, offset: offset))
                }
            }
            return LogStart(position: LogPosition(attempt: numbers.last ?? 0, offset: 0))
        case .line(let line):
            for number in numbers {
                let run = run(number, of: job)
                guard let log = try LogFile(run.log).open() else { continue }
                let offset = try indexes.index(run.logIndex).offset(ofLine: Int64(line), in: log)
                return LogStart(position: LogPosition(attempt: number, offset: offset))
            }
            return beginning
        }
    }

    private func run(_ attempt: Int, of job: JobRecord) -> RunDirectory {
        RunDirectory(in: folder.runs, jobID: job.id.string, attempt: attempt)
    }
}
