import FloydModel

/// A job that waits, as the plan needs to know it.
struct WaitingJob: Sendable, Hashable {
    var id: ObjectID
    var needs: Resources
}

/// What the dispatcher does next: which waiting jobs begin now, with which GPUs, and why the others wait.
///
/// First come, first served: a job that doesn't fit holds its place, and one behind it begins only with what the jobs before it
/// would leave over, so that it can't delay them. A job that needs more than the whole machine has (the config was changed since it
/// was submitted) holds nothing: it would keep everybody waiting for ever.
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
    /// What all of these jobs leave over; less than nothing of what too many want.
    private(set) var left: Resources

    /// - Parameters:
    ///   - queue: what waits, first come first.
    ///   - total: what the machine has for jobs.
    ///   - used: what active attempts hold.
    ///   - freeGPUs: the indices that no active attempt holds, the ones to take first in front.
    init(queue: [WaitingJob], total: Resources, used: Resources, freeGPUs: [Int]) {
        left = total - used
        var free = left
        var gpus = freeGPUs
        // An attempt may hold a card that the config has taken away meanwhile.
        free.gpus = min(free.gpus, gpus.count)
        for job in queue {
            if job.needs.fits(in: free) {
                claims.append(Claim(id: job.id, gpus: Array(gpus.prefix(job.needs.gpus))))
                gpus.removeFirst(job.needs.gpus)
            } else {
                waits[job.id] = Wait(before: waits.count, needs: job.needs, free: free, total: total)
                guard job.needs.fits(in: total) else { continue }
                gpus.removeFirst(min(job.needs.gpus, gpus.count))
            }
            // A claim takes what it needs; a job that waits keeps it from those behind.
            free = free - job.needs
        }
        left = free
    }
}

extension SchedulingPlan.Wait {
    /// For people: what the job waits for, and its place.
    var reason: String {
        guard needs.fits(in: total) else {
            return "can't start: it needs \(lacks(in: total) { wanted, _ in wanted }), more than the server has; "
                + "stop it, or raise the server's resources"
        }
        let place = before == 0 ? "next in the queue" : "\(Self.count(before, "job")) before it"
        return "waits for \(lacks(in: free) { wanted, there in "\(wanted) (\(there) free)" }); \(place)"
    }

    /// What `there` has too little of.
    private func lacks(in there: Resources, _ phrase: (_ wanted: String, _ there: String) -> String) -> String {
        var lacks: [String] = []
        if needs.gpus > there.gpus {
            lacks.append(phrase(Self.count(needs.gpus, "GPU"), "\(there.gpus) of \(total.gpus)"))
        }
        if needs.cpus > there.cpus {
            lacks.append(phrase(Self.count(needs.cpus, "CPU"), "\(there.cpus) of \(total.cpus)"))
        }
        if needs.memory > there.memory {
            let share = "\(Self.gibibytes(there.memory)) of \(Self.gibibytes(total.memory))"
            lacks.append(phrase("\(Self.gibibytes(needs.memory)) of memory", share))
        }
        return lacks.joined(separator: " and ")
    }

    private static func count(_ number: Int, _ noun: String) -> String {
        "\(number) \(noun)\(number == 1 ? "" : "s")"
    }

    private static func gibibytes(_ bytes: Int64) -> String {
        let tenths = (bytes * 10 + (1 << 29)) >> 30
        return "\(tenths / 10).\(tenths % 10) GiB"
    }
}
