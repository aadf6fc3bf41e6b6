import FloydAPI
import FloydClient
import FloydLab
import FloydModel
import FloydOS
import Synchronization

/// Measures how soon the interface answers, all the time.
final class Prober: Sendable {
    private struct Times {
        var get = Samples()
        var submit = Samples()
        var failures: [String] = []
    }

    private let times = Mutex(Times())
    private let isOver = Atomic(false)
    private let ended = Semaphore()

    /// - Parameter setting: where, and which project's jobs.
    init(_ access: ServerAccess, project: Name, code: ObjectID) {
        Thread.start(name: "prober") { [self] in
            defer { ended.post() }
            do {
                let client = try access.client(isCancelled: { self.isOver.load(ordering: .relaxed) })
                var last = try client.submit(SubmitJobRequest(project: project, code: code, command: "true")).id
                while !isOver.load(ordering: .relaxed) {
                    last = try probe(client, last, project, code)
                }
            } catch {
                if !isOver.load(ordering: .relaxed) { times.withLock { $0.failures.append("\(error)") } }
            }
        }
    }

    /// Ten looks for each submit: jobs are looked at more often.
    private func probe(_ client: FloydClient, _ job: ObjectID, _ project: Name, _ code: ObjectID) throws -> ObjectID {
        for _ in 0..<10 {
            let begin = Clock.now
            _ = try client.job(Reference(.id(job)))
            let time = Clock.now - begin
            times.withLock { $0.get.add(time) }
            Clock.sleep(milliseconds: 10)
        }
        let begin = Clock.now
        let next = try client.submit(SubmitJobRequest(project: project, code: code, command: "true")).id
        let time = Clock.now - begin
        times.withLock { $0.submit.add(time) }
        return next
    }

    /// Ends it.
    func end() -> (get: Samples, submit: Samples, failures: [String]) {
        isOver.store(true, ordering: .relaxed)
        ended.wait()
        return times.withLock { ($0.get, $0.submit, $0.failures) }
    }
}
