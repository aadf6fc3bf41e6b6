internal import FloydRun

/// How far a stage has come: what was heard of it, and what is due when. Decides and does nothing.
struct StageCourse {
    let plan: StagePlan
    var end = StageEnd()
    /// Whether the stage was told what to run, so that the command has started or will.
    var hasEntered = false
    var hearsReports = true
    var hearsOutput = true
    var hearsErrors = true
    /// Whether its first process has ended and been reaped.
    private(set) var isReaped = false
    /// Whether nothing of it is left.
    var isGone = false

    private var startedAt: Int64?
    private var stopAt: Int64?
    private var killAt: Int64?
    private var cause: StopCause?
    private var killSent = false
    private var unreadReport: [UInt8] = []
    /// The last of what came over stderr before the start: there bubblewrap says why it can't.
    private var lastWords: [UInt8] = []

    init(_ plan: StagePlan) {
        self.plan = plan
    }

    var hasStarted: Bool { startedAt != nil }

    private var hasEnded: Bool { end.termination != nil || end.refusal != nil || isReaped }

    /// The reports that are whole after `bytes` came.
    mutating func reports(in bytes: ArraySlice<UInt8>) -> [StageReport] {
        unreadReport += bytes
        var reports: [StageReport] = []
        while let newline = unreadReport.firstIndex(of: UInt8(ascii: "\n")) {
            if let report = StageReport(String(decoding: unreadReport[..<newline], as: UTF8.self)) {
                reports.append(report)
            }
            unreadReport.removeSubrange(...newline)
        }
        return reports
    }

    /// - Parameter now: nanoseconds since boot.
    mutating func take(_ report: StageReport, at now: Int64) {
        switch report {
        case .started:
            startedAt = now
        case .refused(let reason):
            end.refusal = reason
        case .ended(let termination, let afterStop):
            end.termination = termination
            end.duration = now - (startedAt ?? now)
            // The record wins: a command that had ended before the stop reached it keeps its own outcome.
            if afterStop { end.cause = cause }
        }
    }

    mutating func remember(_ bytes: UnsafeRawBufferPointer) {
        guard !hasStarted else { return }
        lastWords += bytes
        lastWords = Array(lastWords.suffix(512))
    }

    /// Whether the command has run for as long as it may.
    func isOverdue(at now: Int64) -> Bool {
        guard let deadline = runtimeDeadline else { return false }
        return now >= deadline
    }

    private var runtimeDeadline: Int64? {
        guard let startedAt, let limit = plan.maximumRuntime, !hasEnded, cause == nil else { return nil }
        return startedAt + Int64(limit) * 1_000_000_000
    }

    private var killDeadline: Int64? {
        killSent || isReaped ? nil : killAt
    }

    func mustKill(at now: Int64) -> Bool {
        killDeadline.map { now >= $0 } ?? false
    }

    /// Whether there is something that a limit may still end.
    var isWatched: Bool { hasStarted && !isReaped && !killSent }

    var nextDeadline: Int64? {
        [runtimeDeadline, killDeadline].compactMap { $0 }.min()
    }

    /// Whether the stop is to be passed on now: not twice, and not to a command that has ended.
    ///
    /// - Parameter deadline: when what has not ended by then is killed; one that is there already only comes nearer.
    mutating func beginStop(_ cause: StopCause, killAt deadline: Int64, at now: Int64) -> Bool {
        if let killAt { self.killAt = min(killAt, deadline) }
        guard self.cause == nil, !hasEnded else { return false }
        self.cause = cause
        stopAt = now
        killAt = deadline
        return true
    }

    mutating func killWasSent(at now: Int64) {
        guard !killSent else { return }
        killSent = true
        end.killed = hasStarted
        end.grace = Int((Double(now - (stopAt ?? now)) / 1e9).rounded())
        end.cause = cause
    }

    /// - Parameter now: nanoseconds since boot.
    mutating func firstProcessEnded(_ usage: ExitRecord.Usage, at now: Int64) {
        isReaped = true
        end.usage = usage
        guard end.termination == nil, end.refusal == nil else { return }
        if let startedAt {
            // Whoever ends the first process ends the command by SIGKILL.
            end.termination = .signalled(9)
            end.duration = now - startedAt
        } else if cause == nil {
            let words = String(decoding: lastWords, as: UTF8.self).split(separator: "\n").last.map(String.init)
            end.refusal = words ?? "the sandbox ended before the command started"
        } else {
            end.cause = cause
        }
    }
}
