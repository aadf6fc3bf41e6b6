import FloydAPI
import FloydCore
import FloydHTTP
import FloydModel
import FoundationEssentials

/// The queue of the machine, and what the account ran of late.
struct HomePage: Sendable {
    static let recentJobs = 25

    var services: Services
    var template: PageTemplate
    var now: @Sendable () -> Date

    func response(for account: Account, _ frame: PageFrame) async throws -> HTTPServerResponse {
        async let server = services.machine.server()
        async let queue = services.jobs.queue(as: account)
        async let jobs = services.jobs.jobs(project: nil, page: PageRequest(limit: Self.recentJobs), as: account)
        let machine = try await server
        let entries = try await queue
        let recent = try await jobs.items
        let now = now()
        var values = frame.values(title: "Floydlite")
        values["refusal"] = JobView.present(machine.refusal)
        values["machine"] = Self.describe(machine.total)
        values["queued"] = !entries.isEmpty
        values["entries"] = entries.map { Self.values($0, now) }
        values["ran"] = !recent.isEmpty
        values["recent"] = recent.map { JobView(job: $0, now: now).values }
        return template.response(values)
    }

    private static func values(_ entry: QueueEntry, _ now: Date) -> [String: Any] {
        var row: [String: Any] = entry.job.map { JobView(job: $0, now: now).values } ?? ["meta": entry.instanceType]
        row["visible"] = entry.job != nil
        row["owner"] = entry.owner.string
        row["word"] = JobView.word(entry.state, nil)
        row["kind"] = JobView.kind(entry.state, nil)
        return row
    }

    /// `8 CPUs, 64 GB, 2 GPUs`.
    static func describe(_ total: Resources) -> String {
        var parts = [Amount.count(total.cpus, "CPU"), Amount.bytes(total.memory)]
        if total.gpus > 0 { parts.append(Amount.count(total.gpus, "GPU")) }
        return parts.joined(separator: ", ")
    }
}
