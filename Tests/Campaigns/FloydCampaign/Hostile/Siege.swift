import FloydAPI
import FloydClient
import FloydLab
import FloydModel
import FloydOS
import FoundationEssentials
import Glibc

/// A server that hostile jobs are sent to, one after the other.
final class Siege {
    private static let logLimit: Int64 = 64 << 20

    private let stage: Stage
    private let server: Server
    /// Whose jobs are harmless.
    private let owner: JobRunner
    /// Whose jobs are hostile.
    private let mallory: JobRunner
    private let secret: ObjectID
    private let slowest: Int
    private var number = 0
    private var all = (get: Samples(), submit: Samples())

    init(_ stage: Stage, slowest: Int) throws {
        self.stage = stage
        self.slowest = slowest
        var settings = Server.Settings()
        settings.isolation = stage.options.isolation
        settings.slots = stage.options.slots
        settings.instanceTypes =
            "{cpu: {cpus: 1, processes: 1024}, small: {cpus: 1, memory: 192MiB, processes: 128, disk: 96MiB}}"
        settings.config = ["grace_period: 1s", "logs: {maximum_size: \(Self.logLimit >> 20)MiB}"]
        server = try Server(stage.product, in: stage.scratch, settings)
        owner = try JobRunner(server)
        let (access, project) = try server.admit("mallory")
        mallory = try JobRunner(server, as: access, in: project)
        secret = try owner.submit("export FLOYDCAMPAIGN=\(stage.marker).0\n\(Secret.keeper)")
    }

    /// Has one of them run, and looks at what it did.
    ///
    /// - Returns: a line for the summary.
    func undergo(_ job: HostileJob) throws -> String {
        number += 1
        let mark = "\(stage.marker).\(number)"
        let prober = Prober(server.access, project: owner.project, code: owner.code)
        let begin = Clock.now
        let id = try mallory.submit(
            ": \(mark)\nexport FLOYDCAMPAIGN=\(mark)\n\(job.script)",
            on: job.instanceType
        )
        let ended = try end(id, job, begin)
        let time = (Clock.now - begin).seconds
        let left = try Leftovers.processes(ofJob: number, marker: stage.marker)
        for process in left {
            add(job, "process \(process.pid) is left when the job is said to have ended: \(process.line)")
        }
        for process in left { kill(process.pid, SIGKILL) }
        let probes = prober.end()
        judge(job, ended)
        try judgeLog(job, id)
        for failure in probes.failures { add(job, "the interface failed meanwhile: \(failure)") }
        all.get.add(contentsOf: probes.get)
        all.submit.add(contentsOf: probes.submit)
        // Of fewer the slowest one alone would decide.
        if probes.get.count >= 100 { judge("GET", probes.get, "while there was a \(job.name)") }
        if !server.isRunning {
            throw LabError("the server ended with status \(server.status ?? -1): \(server.logFile)")
        }
        let told = ended.map { "\($0.outcome?.rawValue ?? $0.state.rawValue): \($0.reason ?? "-")" } ?? "unknown"
        return "\(job.name): \(told); \((time * 10).rounded() / 10) s; p99 GET \(Self.milliseconds(probes.get.p99)) of "
            + "\(probes.get.count), submit \(Self.milliseconds(probes.submit.p99)) of \(probes.submit.count)"
    }

    /// The job when it has ended.
    private func end(_ id: ObjectID, _ job: HostileJob, _ begin: Nanoseconds) throws -> JobResponse? {
        let limit: Int64
        switch job.course {
        case .ends(let seconds, _, _, _): limit = Int64(seconds) * 1_000_000_000
        case .stopped(let milliseconds):
            Clock.sleep(milliseconds: milliseconds)
            _ = try mallory.client.stop(Reference(.id(id)))
            // A second of grace, and what the end of many processes takes.
            limit = (milliseconds + 6000) * 1_000_000
        }
        var latest: JobResponse?
        while Clock.now - begin < limit {
            try Interruption.check()
            let response = try mallory.client.job(Reference(.id(id)))
            if response.state == .finished { return response }
            latest = response
            Clock.sleep(milliseconds: 50)
        }
        add(job, "it has not ended: \(latest?.state.rawValue ?? "unknown"), \(latest?.reason ?? "no reason")")
        _ = try? mallory.client.stop(Reference(.id(id)))
        Clock.sleep(milliseconds: 3000)
        return latest
    }

    private func judge(_ job: HostileJob, _ ended: JobResponse?) {
        guard let ended, let outcome = ended.outcome else { return }
        let told = "\(outcome.rawValue), code \(ended.exitCode ?? -1), \(ended.reason ?? "no reason")"
        switch job.course {
        case .stopped:
            if outcome != .shutdown { add(job, "it was stopped, and ended: \(told)") }
        case .ends(_, let expected, let code, let reason):
            if outcome != expected || code != nil && ended.exitCode != code {
                add(job, "it was to end with \(expected.rawValue), and ended: \(told)")
            }
            if let reason, ended.reason?.contains(reason) != true {
                add(job, "its reason says nothing of \(reason): \(told)")
            }
        }
    }

    /// A log is no larger than is allowed, and nothing that is another's stands in it.
    private func judgeLog(_ job: HostileJob, _ id: ObjectID) throws {
        let path = "\(server.dataFolder)/runs/\(id)/1/log"
        var status = stat()
        guard stat(path, &status) == 0 else { return add(job, "it has no log") }
        let size = Int64(status.st_blocks) * 512
        if size > Self.logLimit + (8 << 20) { add(job, "its log takes \(size) bytes of the disk") }
        let text = ProcessFile.text(path)
        for line in text.split(separator: "\n") where line.contains(" FOUND ") { add(job, "\(line)") }
    }

    private func judge(_ what: String, _ samples: Samples, _ when: String) {
        guard samples.p99 * 1000 > Double(slowest) else { return }
        stage.findings.add(
            "99 of 100 answers to \(what) took up to \(Self.milliseconds(samples.p99)) of \(samples.count) \(when)"
        )
    }

    private func add(_ job: HostileJob, _ text: String) {
        stage.findings.add("\(job.name) (\(stage.options.isolation.rawValue)): \(text)")
    }

    private static func milliseconds(_ seconds: Double) -> String { "\(Int((seconds * 1000).rounded(.up))) ms" }

    /// The harmless job was harmed by nobody; nothing is left when it is stopped.
    func end() throws -> String {
        let job = try owner.client.job(Reference(.id(secret)))
        if job.state != .running {
            stage.findings.add("the job of another account is \(job.state.rawValue): \(job.reason ?? "")")
        }
        try owner.stop(secret)
        server.stop()
        try Leftovers.check(stage.findings, marks: [stage.marker, server.dataFolder])
        judge("GET", all.get, "all in all")
        judge("submit", all.submit, "all in all")
        return "all in all: p99 GET \(Self.milliseconds(all.get.p99)) of \(all.get.count), "
            + "submit \(Self.milliseconds(all.submit.p99)) of \(all.submit.count); "
            + (try DatabaseCheck.check(server.dataFolder, stage.findings))
    }

    func clear() {
        server.end()
        try? Leftovers.clear(marks: [stage.marker, server.dataFolder])
    }
}
