import FloydAPI
import FloydCore
import FloydModel
import FoundationEssentials

/// A job as pages show it.
struct JobView {
    var job: JobResponse
    var now: Date

    /// `classify-modelnet/3` of `alice/projects/classify-modelnet/3`.
    var short: String { Self.parts(of: job.name).short }
    var owner: String { Self.parts(of: job.name).owner }

    static func parts(of name: String) -> (owner: String, short: String) {
        let parts = name.split(separator: "/")
        guard parts.count == 4 else { return ("", name) }
        return (String(parts[0]), "\(parts[2])/\(parts[3])")
    }

    /// What stands in the badge.
    static func word(_ state: JobState, _ outcome: JobOutcome?) -> String {
        switch outcome {
        case nil: state.rawValue
        case .shutdown: "stopped"
        case .timeout: "timed out"
        case .success: "success"
        case .failed: "failed"
        case .lost: "lost"
        }
    }

    /// The colour of the badge: `busy`, `wait`, `good`, `bad` or `calm`.
    static func kind(_ state: JobState, _ outcome: JobOutcome?) -> String {
        switch (state, outcome) {
        case (.queued, _): "wait"
        case (.starting, _), (.running, _), (.stopping, _): "busy"
        case (.finished, .success): "good"
        case (.finished, .failed), (.finished, .timeout), (.finished, .lost): "bad"
        case (.finished, .shutdown), (.finished, nil): "calm"
        }
    }

    /// The values that lists and the job's own page share. One that isn't there is false, so that a template doesn't find that of
    /// another level in its place.
    var values: [String: Any] {
        [
            "id": job.id.string,
            "short": short,
            "owner": owner,
            "state": job.state.rawValue,
            "word": Self.word(job.state, job.outcome),
            "kind": Self.kind(job.state, job.outcome),
            "command": job.command,
            "reason": Self.present(job.reason),
            "message": Self.present(job.message),
            "meta": meta,
            "created": Moment.exact(job.created),
            "created_text": Moment.readable(job.created),
            "elapsed": Self.present(elapsed.map { "\(Int($0))" }),
            "duration": elapsed.map { Amount.duration(seconds: $0) } ?? "",
            "took": Self.present(took),
        ]
    }

    static func present(_ text: String?) -> Any {
        guard let text, !text.isEmpty else { return false }
        return text
    }

    /// Seconds on the clock of a job that hasn't ended: it has run, or waited. The server's own count goes before the wall clock, which jumps.
    private var elapsed: Double? {
        guard job.state != .finished else { return nil }
        if job.state != .queued, let duration = job.duration { return duration }
        let since = job.state == .queued ? job.created : job.started ?? job.created
        return max(0, now.timeIntervalSince(since))
    }

    private var took: String? {
        guard job.state == .finished else { return nil }
        if let duration = job.duration { return Amount.duration(seconds: duration) }
        guard let started = job.started, let finished = job.finished else { return nil }
        return Amount.duration(seconds: finished.timeIntervalSince(started))
    }

    private var meta: String {
        let gpus = job.gpus.isEmpty ? "" : " · GPU " + job.gpus.map(String.init).joined(separator: ", ")
        return "\(job.environment) · \(job.instanceType)\(gpus)"
    }
}
