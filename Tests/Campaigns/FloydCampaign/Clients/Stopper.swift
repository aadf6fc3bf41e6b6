import FloydClient
import FloydLab
import FloydModel

/// Stops jobs: those that would go on for ever, and now and then one that wouldn't.
struct Stopper: CampaignClient {
    let setting: ClientSetting
    let isOver: @Sendable () -> Bool
    var random: SplitMix64

    mutating func act(_ client: FloydClient) throws(FloydError) {
        Clock.sleep(milliseconds: Int64.random(in: 20...120, using: &random))
        let wantsEndless = random.isAmong(75)
        let candidates = setting.ledger.open.filter { entry in
            entry.stopAnswer == nil && (!wantsEndless || !entry.plan.endsByItself)
        }
        guard let entry = candidates.randomElement(using: &random), let id = entry.id else { return }
        // Those that go on for ever are to run for a while.
        if wantsEndless, random.isAmong(50) { return }
        let grace = random.isAmong(50) ? Int.random(in: 0...2, using: &random) : nil
        try Self.stop(entry.plan.number, id, grace: grace, setting, client, isOver)
    }

    /// Stops one job, and keeps the answer.
    static func stop(
        _ number: Int,
        _ id: ObjectID,
        grace: Int? = nil,
        _ setting: ClientSetting,
        _ client: FloydClient,
        _ isOver: () -> Bool
    ) throws(FloydError) {
        setting.ledger.change(number) { $0.isStopAsked = true }
        do throws(FloydError) {
            let job = try client.stop(Reference(.id(id)), grace: grace)
            setting.ledger.change(number) { entry in
                if entry.stopAnswer == nil { entry.stopAnswer = job }
            }
        } catch {
            // It had ended before.
            if error.code != .conflict, !isOver() { setting.isOutage(error, "stop of \(number)") }
        }
    }
}
