import FloydAPI
import FloydCore
import FloydHTTP
import FloydModel
import FoundationEssentials

/// One job: its state, what it runs, what it left, what it prints.
struct JobPage: Sendable {
    /// Files that a page lists; an output of more is for the command line.
    static let listedFiles = 500

    var services: Services
    var template: PageTemplate
    var logExcerpt: Int64
    var now: @Sendable () -> Date

    /// - Parameter withLog: false for the script, which follows the log by itself and wants the rest anew.
    func response(for reference: Reference, withLog: Bool, as account: Account, _ frame: PageFrame) async throws
        -> HTTPServerResponse
    {
        let job = try await services.jobs.job(reference, as: account)
        let byID = Reference(.id(job.id))
        let log =
            withLog
            ? try await LogExcerpt.read(of: byID, limit: logExcerpt, from: services.logs, as: account) : LogExcerpt()
        let output = try await output(of: job, as: account)
        let view = JobView(job: job, now: now())
        var values = frame.values(title: "\(view.short) · Floydlite")
        values.merge(view.values) { $1 }
        values.merge(Self.facts(of: job)) { $1 }
        values.merge(Self.values(of: output, job: job)) { $1 }
        values.merge(Self.values(of: log)) { $1 }
        values.merge(AttemptViews.values(of: job)) { $1 }
        let mayStop = view.owner == account.name.string || account.role == .admin
        values["can_stop"] = mayStop && [.queued, .starting, .running].contains(job.state)
        // What waits has nothing to end, and what ends may be told not to take its time.
        values["can_kill"] = mayStop && [.starting, .running, .stopping].contains(job.state)
        return template.response(values)
    }

    /// Nothing where it was deleted.
    private func output(of job: JobResponse, as account: Account) async throws -> OutputResponse {
        guard job.outputDeleted == nil else {
            return OutputResponse(id: job.id, name: job.name, state: job.state, files: [], skipped: [])
        }
        return try await services.outputs.list(Reference(.id(job.id)), page: nil, as: account)
    }

    private static func facts(of job: JobResponse) -> [String: Any] {
        [
            "environment": job.environment,
            "instance_type": job.instanceType,
            "gpus": JobView.present(job.gpus.map(String.init).joined(separator: ", ")),
            "attempt": job.attempt,
            "is_live": job.state != .finished,
            "started": JobView.present(job.started.map(Moment.exact)),
            "started_text": job.started.map(Moment.readable) ?? "",
            "finished": JobView.present(job.finished.map(Moment.exact)),
            "finished_text": job.finished.map(Moment.readable) ?? "",
            "exit": JobView.present(job.signal.map { "signal \($0)" } ?? job.exitCode.map { "exit code \($0)" }),
            "limit": JobView.present(job.maxRuntime.map { Amount.duration(seconds: Double($0)) }),
            "retries": JobView.present(job.retries > 0 ? "\(job.retries)" : nil),
            "limits": JobView.present(job.limits.map(Amount.limits)),
            "enforcement": JobView.present(job.limits.map { Amount.enforcement($0.enforcement) }),
            "isolation": job.isolation,
            "visibility": JobView.present(job.isPublic.map { $0 ? "public: every account may see it" : "private" }),
            "has_data": !job.data.isEmpty,
            "mounts": job.data.map { ["path": $0.path, "source": $0.source] },
        ]
    }

    private static func values(of output: OutputResponse, job: JobResponse) -> [String: Any] {
        let files = output.files.filter { $0.type != "dir" }
        let regular = files.filter { $0.type == "file" }
        let size = regular.reduce(0) { $0 + $1.size }
        let summary = regular.isEmpty ? nil : "\(Amount.count(regular.count, "file")), \(Amount.bytes(size))"
        let unlisted = files.count - listedFiles
        let more = unlisted > 0 ? "And \(unlisted) more: floydlite output \(job.id) --download DIR" : nil
        let nothing =
            job.outputDeleted != nil
            ? "The job's output was deleted."
            : job.state == .finished ? "The job left nothing in /output." : "What the job writes to /output shows here."
        return [
            "has_files": !files.isEmpty,
            "summary": JobView.present(summary),
            "files": files.prefix(listedFiles).map { values(of: $0, job: job) },
            "more": JobView.present(more),
            "nothing": nothing,
        ]
    }

    private static func values(of file: OutputResponse.File, job: JobResponse) -> [String: Any] {
        guard file.type == "file" else { return ["path": file.path, "href": false, "size": file.type] }
        let href = APIPath.outputFile(file.path, of: Reference(.id(job.id)))
        return ["path": file.path, "href": href, "size": Amount.bytes(file.size)]
    }

    private static func values(of log: LogExcerpt) -> [String: Any] {
        [
            "has_log": log.position.offset > 0,
            "is_cut": log.isCut,
            "position": log.position.description,
            "blocks": log.text.blocks.map { ["stream": $0.stream, "text": $0.text] },
            "open": log.text.unfinished.map {
                ["stream": $0.stream, "text": $0.text, "cursor": $0.cursor] as [String: Any]
            },
        ]
    }
}
