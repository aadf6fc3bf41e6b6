import FloydClient
import FloydLab
import FloydModel
import FloydOS
import Synchronization

/// What the clients of a campaign have in common.
struct ClientSetting: Sendable {
    let access: ServerAccess
    let seed: UInt64
    let project: Name
    let code: ObjectID
    let marker: String
    let witness: UInt16
    let ledger: Ledger
    let findings: Findings
    /// How many jobs may be open before no more are submitted.
    let backlog: Int

    /// Notes an error that is more than a server that isn't there.
    ///
    /// - Returns: whether it is only that.
    @discardableResult
    func isOutage(_ error: FloydError, _ what: String) -> Bool {
        if [.unreachable, .unavailable].contains(error.code) || Interruption.isRequested { return true }
        findings.add("\(what) was answered with \(error.code.rawValue): \(error)")
        return false
    }
}

/// One of the people who use the server while it is killed: a thread with a connection of its own.
protocol CampaignClient {
    /// Does one thing.
    mutating func act(_ client: FloydClient) throws(FloydError)
}

/// The clients at work.
final class CampaignClients: Sendable {
    private let isOver = Atomic(false)
    private let ended = Semaphore()
    private let count = Atomic(0)

    /// Lets a client act again and again until all are to end.
    func start(
        _ name: String,
        _ setting: ClientSetting,
        _ make: @escaping @Sendable (_ isOver: @escaping @Sendable () -> Bool) -> any CampaignClient
    ) {
        count.add(1, ordering: .relaxed)
        let isOver: @Sendable () -> Bool = { [self] in
            self.isOver.load(ordering: .relaxed) || Interruption.isRequested
        }
        Thread.start(name: name) { [ended] in
            defer { ended.post() }
            do throws(FloydError) {
                let client = try setting.access.client(isCancelled: isOver)
                var actor = make(isOver)
                while !isOver() { try actor.act(client) }
            } catch {
                if !isOver() { setting.findings.add("\(name) gave up: \(error)") }
            }
        }
    }

    /// Ends them all, and waits for that.
    func end() {
        isOver.store(true, ordering: .relaxed)
        for _ in 0..<count.exchange(0, ordering: .relaxed) { ended.wait() }
    }
}
