import FloydAPI
import FloydClient
import FloydLab
import FloydModel

/// Looks at all open jobs again and again: what the server has once said of a job may not be taken back.
struct Watcher: CampaignClient {
    let setting: ClientSetting
    let isOver: @Sendable () -> Bool
    private var nextListing: Nanoseconds = 0

    init(setting: ClientSetting, isOver: @escaping @Sendable () -> Bool) {
        self.setting = setting
        self.isOver = isOver
    }

    mutating func act(_ client: FloydClient) throws(FloydError) {
        Clock.sleep(milliseconds: 10)
        for entry in setting.ledger.open {
            if isOver() { return }
            guard let id = entry.id, look(entry, id, client) else { return }
        }
        if Clock.now >= nextListing, setting.ledger.hasUnknown {
            nextListing = Clock.now + 1_000_000_000
            list()
        }
    }

    /// - Returns: false if nobody answers.
    private func look(_ entry: Ledger.Entry, _ id: ObjectID, _ client: FloydClient) -> Bool {
        let number = entry.plan.number
        do throws(FloydError) {
            let job = try client.job(Reference(.id(id)))
            if let flaw = Self.flaw(entry.seen, job) {
                setting.findings.add("job \(number) (\(id)): \(flaw)")
            }
            setting.ledger.change(number) { $0.seen = job }
            return true
        } catch {
            if isOver() { return false }
            if setting.isOutage(error, "GET of job \(number) (\(id)), which was acknowledged,") {
                Clock.sleep(milliseconds: 10)
            }
            return false
        }
    }

    /// What can't come after what was seen before.
    static func flaw(_ before: JobResponse?, _ now: JobResponse) -> String? {
        guard let before else { return nil }
        if now.attempt < before.attempt { return "its attempt went back from \(before.attempt) to \(now.attempt)" }
        if before.state == .finished, now.state != .finished || now.outcome != before.outcome {
            return "it had ended with \(before.outcome?.rawValue ?? "nothing") and is \(now.state.rawValue) now"
        }
        if before.state == .stopping, ![.stopping, .finished].contains(now.state) {
            return "it was stopping and is \(now.state.rawValue) now"
        }
        return nil
    }

    /// Finds out which of the jobs without an answer are there: they take part in everything from then on.
    private func list() {
        // Somebody else has the server killed: the next look finds what this one doesn't.
        guard let jobs = try? NewestJobs.read(setting) else { return }
        for job in jobs {
            guard let number = JobPlan.number(inCommand: job.command, marker: setting.marker) else { continue }
            if setting.ledger.entry(number)?.id == nil { setting.ledger.found(job, as: number) }
        }
    }
}
