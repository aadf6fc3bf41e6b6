import FloydAPI

/// In what order jobs were first taken from the queue.
enum QueueOrder {
    /// Who came later and was served earlier, of jobs of one account that ask for the same: first come, first served.
    static func violations(_ jobs: some Sequence<JobResponse>) -> [String] {
        var violations: [String] = []
        var latest: JobResponse?
        for job in jobs.sorted(by: { number($0) < number($1) }) {
            // Stopped before its turn.
            guard let claimed = job.attempts.first?.claimed else { continue }
            if let latest, let before = latest.attempts.first?.claimed, claimed < before {
                violations.append("\(job.name) was taken from the queue before \(latest.name)")
            } else {
                latest = job
            }
        }
        return violations
    }

    private static func number(_ job: JobResponse) -> Int {
        job.name.split(separator: "/").last.flatMap { Int($0) } ?? 0
    }
}
