import FloydAPI
import FloydModel

/// The attempts of a job as its page lists them.
enum AttemptViews {
    static func values(of job: JobResponse) -> [String: Any] {
        [
            // One that is all there is and will be, the rest of the page tells of.
            "has_attempts": job.attempts.count > 1 || !job.attempts.isEmpty && job.retries > 0,
            "attempts": job.attempts.reversed().map { values(of: $0, job) },
        ]
    }

    private static func values(of attempt: AttemptResponse, _ job: JobResponse) -> [String: Any] {
        let isLatest = attempt.number == job.attempt
        let isLive = isLatest && job.state.isActive
        let state = isLive ? job.state : JobState.finished
        let exit = attempt.signal.map { "signal \($0)" } ?? attempt.exitCode.map { "exit code \($0)" }
        return [
            "number": attempt.number,
            "attempt_word": JobView.word(state, attempt.outcome),
            "attempt_kind": JobView.kind(state, attempt.outcome),
            "attempt_exit": JobView.present(exit),
            "attempt_reason": JobView.present(attempt.reason),
            "attempt_began": Moment.exact(attempt.started ?? attempt.claimed),
            "attempt_began_text": Moment.readable(attempt.started ?? attempt.claimed),
            "attempt_took": JobView.present(attempt.duration.map { Amount.duration(seconds: $0) }),
            "attempt_log": "/api/v1/jobs/\(job.id)/log?attempt=\(attempt.number)",
        ]
    }
}
