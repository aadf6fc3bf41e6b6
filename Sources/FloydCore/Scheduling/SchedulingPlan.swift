import FloydModel

/// A job that waits, as the plan needs to know it.
struct WaitingJob: Sendable, Hashable {
    var id: ObjectID
    var needs: Resources
}

/// What the dispatcher does next: which waiting jobs begin now, with which GPUs, and why the others wait.
///
/// First come, first served: a job that doesn't fit holds its place, and one behind it begins only with what the jobs before it
/// would leave over, so that it can't delay them.
struct SchedulingPlan: Sendable, Hashable {
    /// A job that begins now.
    struct Claim: Sendable, Hashable {
        var id: ObjectID
        var gpus: [Int]
    }

    /// Why a job waits.
    struct Wait: Sendable, Hashable {
        /// Jobs before it in the queue that wait too.
        var before: Int
        var needs: Resources
        /// What the jobs before it leave over.
        var free: Resources
        var total: Resources
    }

    private(set) var claims: [Claim] = []
    private(set) var waits: [ObjectID: Wait] = [:]

    /// - Parameters:
    ///   - queue: what waits, first come first.
    ///   - total: what the machine has for jobs.
    ///   - used: what active attempts hold.
    ///   - freeGPUs: the indices that no active attempt holds, the ones to take first in front.
    init(queue: [WaitingJob], total: Resources, used: Resources, freeGPUs: [Int]) {
        var free = total - used
        var gpus = freeGPUs
        for job in queue {
            if job.needs.fits(in: free) && job.needs.gpus <= gpus.count {
                claims.append(Claim(id: job.id, gpus: Array(gpus.prefix(job.needs.gpus))))
                gpus.removeFirst(job.needs.gpus)
            } else {
                waits[job.id] = Wait(before: waits.count, needs: job.needs, free: free, total: total)
                gpus.removeFirst(min(job.needs.gpus, gpus.count))
            }
            // A claim takes what it needs; a job that waits keeps it from those behind.
            free = free - job.needs
        }
    }
}

extension SchedulingPlan.Wait {
    /// For people: what the job waits for, and its place.
    var reason: String {
        var lacks: [String] = []
        if needs.gpus > free.gpus {
            lacks.append("\(Self.count(needs.gpus, "GPU")) (\(free.gpus) of \(total.gpus) free)")
        }
        if needs.cpus > free.cpus {
            lacks.append("\(Self.count(needs.cpus, "CPU")) (\(free.cpus) of \(total.cpus) free)")
        }
        if needs.memory > free.memory {
            lacks.append(
                "\(Self.gibibytes(needs.memory)) of memory (\(Self.gibibytes(free.memory)) of "
                    + "\(Self.gibibytes(total.memory)) free)"
            )
        }
        let place = before == 0 ? "next in the queue" : "\(Self.count(before, "job")) before it"
        return "waits for \(lacks.joined(separator: " and ")); \(place)"
    }

    private static func count(_ number: Int, _ noun: String) -> String {
        "\(number) \(noun)\(number == 1 ? "" : "s")"
    }

    private static func gibibytes(_ bytes: Int64) -> String {
        let tenths = (bytes * 10 + (1 << 29)) >> 30
        return "\(tenths / 10).\(tenths % 10) GiB"
    }
}
