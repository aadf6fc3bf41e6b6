import FloydAPI
import FloydClient
import FloydLab
import FloydModel

/// Submits jobs as long as not too many are open. It never asks twice for the same one.
struct Submitter: CampaignClient {
    let setting: ClientSetting
    let isOver: @Sendable () -> Bool
    /// The number of its next job, and how far apart its jobs' numbers are.
    var number: Int
    let step: Int

    mutating func act(_ client: FloydClient) throws(FloydError) {
        guard setting.ledger.openCount < setting.backlog else { return Clock.sleep(milliseconds: 5) }
        let number = number
        self.number += step
        let plan = JobPlan(seed: setting.seed, number: number)
        let request = SubmitJobRequest(
            project: setting.project,
            code: setting.code,
            command: plan.command(marker: setting.marker, witness: setting.witness),
            retries: plan.retries
        )
        setting.ledger.begin(plan)
        do throws(FloydError) {
            let job = try client.submit(request)
            setting.ledger.change(number) { $0.fate = .acknowledged }
            setting.ledger.found(job, as: number)
        } catch {
            setting.ledger.change(number) { $0.fate = .unknown }
            if !isOver() { setting.isOutage(error, "submit of \(number)") }
            Clock.sleep(milliseconds: 20)
        }
    }
}
