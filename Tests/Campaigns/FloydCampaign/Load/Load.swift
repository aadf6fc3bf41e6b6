import FloydAPI
import FloydClient
import FloydLab
import FloydModel
import FloydOS
import FoundationEssentials

/// The life of a server under test: jobs of all kinds, and clients that submit, stop, look and follow all the time.
final class Load {
    let server: Server
    let ledger = Ledger()
    let witness: Witness
    let setting: ClientSetting
    private let stage: Stage
    private let clients = CampaignClients()
    private var isRunning = false

    init(_ stage: Stage, config: [String] = ["grace_period: 1s", "retries: {backoff: 1s, maximum_backoff: 2s}"]) throws
    {
        self.stage = stage
        var settings = Server.Settings()
        settings.isolation = stage.options.isolation
        settings.slots = stage.options.slots
        settings.config = config
        server = try Server(stage.product, in: stage.scratch, settings)
        let runner = try JobRunner(server)
        witness = try Witness()
        setting = ClientSetting(
            access: server.access,
            seed: stage.seed,
            project: runner.project,
            code: runner.code,
            marker: stage.marker,
            witness: witness.port,
            ledger: ledger,
            findings: stage.findings,
            backlog: stage.options.slots * 3
        )
    }

    func begin() {
        isRunning = true
        let (setting, seed) = (setting, stage.seed)
        for index in 0..<2 {
            clients.start("submitter", setting) { isOver in
                Submitter(setting: setting, isOver: isOver, number: 1 + index, step: 2)
            }
        }
        clients.start("stopper", setting) { isOver in
            Stopper(setting: setting, isOver: isOver, random: SplitMix64(seed: seed, part: .stopper))
        }
        clients.start("watcher", setting) { isOver in Watcher(setting: setting, isOver: isOver) }
        for index in 0..<3 {
            clients.start("follower", setting) { isOver in
                Follower(
                    setting: setting,
                    isOver: isOver,
                    random: SplitMix64(seed: seed, part: .follower, number: index)
                )
            }
        }
    }

    func endClients() {
        if isRunning { clients.end() }
        isRunning = false
    }

    /// Ends the clients, lets all jobs end and looks at everything.
    ///
    /// - Returns: lines of a summary.
    /// - Throws: `LabError` if it is interrupted, or the server does not work.
    func settle() throws -> [String] {
        endClients()
        if !server.isRunning { try server.start() }
        try server.wait()
        let client = try server.client()
        let jobs = try drain(client)
        let inspection = Inspection(load: self, findings: stage.findings)
        var lines = try inspection.inspect(jobs)
        server.stop()
        let marks = [server.dataFolder, setting.marker]
        try Leftovers.check(stage.findings, marks: marks)
        lines.append(try DatabaseCheck.check(server.dataFolder, stage.findings))
        return lines
    }

    /// Ends all that a campaign started, however it went.
    func clear() {
        endClients()
        server.end()
        try? Leftovers.clear(marks: [server.dataFolder, setting.marker])
    }

    /// Stops what would go on for ever and waits for the rest.
    ///
    /// - Returns: all jobs, those that did not end in time too.
    private func drain(_ client: FloydClient) throws -> [JobResponse] {
        let end = Clock.now + 180 * 1_000_000_000
        while true {
            try Interruption.check()
            let jobs = try client.jobs(of: Reference(.name(owner: nil, name: setting.project, number: nil)))
            for job in jobs {
                guard let number = JobPlan.number(inCommand: job.command, marker: setting.marker) else { continue }
                ledger.found(job, as: number)
                if let entry = ledger.entry(number), !entry.plan.endsByItself, job.state != .finished,
                    job.state != .stopping
                {
                    try Stopper.stop(number, job.id, setting, client) { Interruption.isRequested }
                }
            }
            if jobs.allSatisfy({ $0.state == .finished }) || Clock.now > end { return jobs }
            Clock.sleep(milliseconds: 300)
        }
    }
}
