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

    init(_ held: HeldRecord) {
        self.init(job: held.job, number: held.attempt)
    }

    /// The attempt that the path of a run directory names; nil if it names none.
    init?(_ run: RunDirectory) {
        let parts = run.path.utf8.split(separator: UInt8(ascii: "/")).suffix(2).map { Substring($0) }
        guard parts.count == 2, let job = ObjectID(String(parts[0])), let number = Int(parts[1]) else { return nil }
        self.init(job: job, number: number)
    }
}
