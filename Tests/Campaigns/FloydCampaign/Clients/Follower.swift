import FloydClient
import FloydLab
import FloydModel

/// Follows the log of one job after the other, to its end or until it has seen enough.
struct Follower: CampaignClient {
    let setting: ClientSetting
    let isOver: @Sendable () -> Bool
    var random: SplitMix64

    mutating func act(_ client: FloydClient) throws(FloydError) {
        guard let entry = setting.ledger.open.randomElement(using: &random), let id = entry.id else {
            return Clock.sleep(milliseconds: 20)
        }
        let patience = random.isAmong(30) ? Int64.random(in: 50...2000, using: &random) : 120_000
        let end = Clock.now + patience * 1_000_000
        let isOver = isOver
        var digest = LogDigest()
        do {
            let stream = try LogStream(setting.access, of: id) { isOver() || Clock.now >= end }
            while !isOver(), Clock.now < end {
                if try stream.read(following: true, { digest.add($0) }) != nil { break }
                Clock.sleep(milliseconds: Int64.random(in: 5...40, using: &random))
            }
        } catch {
            if !isOver() { setting.findings.add("the log of job \(entry.plan.number) (\(id)): \(error)") }
        }
        let seen = digest
        setting.ledger.change(entry.plan.number) { $0.follows.append(seen) }
    }
}
