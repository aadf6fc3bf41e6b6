internal import FloydModel
internal import FloydRun
internal import FloydStore

/// One attempt of a job.
struct AttemptID: Sendable, Hashable {
    let job: ObjectID
    /// From 1.
    let number: Int

    init(job: ObjectID, number: Int) {
        self.job = job
        self.number = number
    }

    /// The present attempt of the job.
    init(_ job: JobRecord) {
        self.init(job: job.id, number: job.attempt)
    }

    /// The attempt that the path of a run directory names; nil if it names none.
    init?(_ run: RunDirectory) {
        let parts = run.path.split(separator: "/").suffix(2)
        guard parts.count == 2, let job = parts.first.flatMap({ ObjectID(String($0)) }),
            let number = parts.last.flatMap({ Int($0) })
        else { return nil }
        self.init(job: job, number: number)
    }
}
