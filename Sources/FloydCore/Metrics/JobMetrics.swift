internal import FloydModel
internal import FloydStore
internal import FoundationEssentials
internal import Synchronization

/// What became of jobs since the daemon's start.
final class JobMetrics: Sendable {
    struct Figures: Sendable {
        /// Seconds from a job's submission to its first claim.
        var waits = Histogram(bounds: Histogram.waitSeconds)
        /// Seconds from the start of the command to its end, of the attempt that a job ended with.
        var durations: [JobOutcome: Histogram] = [:]
        /// Those too that never ran.
        var ended: [JobOutcome: Int] = [:]
    }

    private let state = Mutex(Figures())

    var figures: Figures { state.withLock { $0 } }

    /// An attempt of the job begins.
    func claimed(_ job: JobRecord) {
        // Later attempts come back to where the first one was.
        guard job.attempt == 1, let claimed = job.claimed else { return }
        // The clock may have been set back.
        let wait = max(0, claimed.timeIntervalSince(job.created))
        state.withLock { $0.waits.record(wait) }
    }

    /// The job has ended.
    ///
    /// - Parameter duration: of its command, where it ran and that was measured.
    func ended(_ job: JobRecord, after duration: Duration?) {
        guard let outcome = job.outcome else { return }
        let seconds = duration.map { $0 / .seconds(1) } ?? Self.seconds(of: job)
        state.withLock { state in
            state.ended[outcome, default: 0] += 1
            guard let seconds else { return }
            state.durations[outcome, default: Histogram(bounds: Histogram.jobSeconds)].record(seconds)
        }
    }

    private static func seconds(of job: JobRecord) -> Double? {
        guard let started = job.started, let finished = job.finished else { return nil }
        return max(0, finished.timeIntervalSince(started))
    }
}
