import FloydAPI
import FloydLab
import FloydModel
import FloydOS

/// Looks at all jobs of a campaign when all have ended.
struct Inspection {
    let load: Load
    let findings: Findings

    /// - Returns: lines of a summary.
    func inspect(_ jobs: [JobResponse]) throws -> [String] {
        let setting = load.setting
        var byNumber: [Int: JobResponse] = [:]
        for job in jobs {
            guard let number = JobPlan.number(inCommand: job.command, marker: setting.marker) else { continue }
            if let other = byNumber[number] { findings.add("job \(number) is there twice: \(job.id) and \(other.id)") }
            byNumber[number] = job
        }
        var records = 0
        for entry in load.ledger.all {
            try Interruption.check()
            guard let job = byNumber[entry.plan.number] else {
                if entry.fate == .acknowledged || entry.id != nil {
                    findings.add("job \(entry.plan.number) was acknowledged as \(entry.id?.string ?? "?"), and is gone")
                }
                continue
            }
            let evidence = try evidence(entry, job)
            records += evidence.log.count
            for violation in evidence.violations { findings.add("job \(entry.plan.number) (\(job.id)): \(violation)") }
        }
        for violation in QueueOrder.violations(byNumber.values) { findings.add(violation) }
        return summary(byNumber, records)
    }

    private func evidence(_ entry: Ledger.Entry, _ job: JobResponse) throws -> JobEvidence {
        let stream = try LogStream(load.setting.access, of: job.id) { Interruption.isRequested }
        var log: [(attempt: Int, record: LogRecordMessage)] = []
        for _ in 0..<10 where try stream.read(following: false, { log.append((stream.attempt, $0)) }) == nil {
            Clock.sleep(milliseconds: 100)
        }
        var entry = entry
        entry.killedAttempts = load.ledger.killedAttempts(of: entry, job)
        return JobEvidence(
            entry: entry,
            job: job,
            log: log,
            runs: load.witness.runs(of: entry.plan.number),
            written: try written(job.id),
            command: entry.plan.command(marker: load.setting.marker, witness: load.setting.witness)
        )
    }

    /// What the job's attempts wrote into their output folders, by the files themselves.
    private func written(_ id: ObjectID) throws -> [String] {
        let runs = "\(load.server.dataFolder)/runs/\(id)"
        return ((try? Folder.names(in: runs)) ?? []).flatMap { attempt in
            ProcessFile.text("\(runs)/\(attempt)/output/runs").split(separator: "\n").map(String.init)
        }
    }

    private func summary(_ jobs: [Int: JobResponse], _ records: Int) -> [String] {
        let entries = load.ledger.all
        let unknown = entries.filter { $0.fate != .acknowledged }
        let present = unknown.count { jobs[$0.plan.number] != nil }
        let outcomes = Dictionary(grouping: jobs.values, by: { $0.outcome?.rawValue ?? $0.state.rawValue })
            .map { "\($0.key) \($0.value.count)" }.sorted().joined(separator: ", ")
        let attempts = jobs.values.map(\.attempt)
        let retried = attempts.count { $0 > 1 }
        return [
            "submits: \(entries.count - unknown.count) acknowledged, \(unknown.count) without an answer, of which "
                + "\(present) are there",
            "jobs: \(outcomes)",
            "runs: \(load.witness.count); jobs with more than one attempt: \(retried), at most \(attempts.max() ?? 0)",
            "stops: \(entries.count { $0.isStopAsked }) asked, \(entries.count { $0.stopAnswer != nil }) acknowledged",
            "log records: \(records); follows: \(entries.reduce(0) { $0 + $1.follows.count }) of "
                + "\(entries.reduce(0) { $0 + $1.follows.reduce(0) { $0 + $1.records } }) records",
        ]
    }
}
