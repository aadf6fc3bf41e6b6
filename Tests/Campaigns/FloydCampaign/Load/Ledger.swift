import FloydAPI
import FloydModel
import FoundationEssentials
import Synchronization

/// What the clients of a campaign were told, and may therefore rely on.
final class Ledger: Sendable {
    /// What became of the wish to submit a job.
    enum Fate: Sendable, Hashable {
        /// The answer hasn't come.
        case asked
        /// No answer came: it may be there or not.
        case unknown
        case acknowledged
    }

    struct Entry: Sendable {
        var plan: JobPlan
        var fate = Fate.asked
        var id: ObjectID?
        /// Whether anybody wanted it to stop, whatever was answered.
        var isStopAsked = false
        /// The first answer to that.
        var stopAnswer: JobResponse?
        /// The latest look at it.
        var seen: JobResponse?
        /// What followers have seen of its log.
        var follows: [LogDigest] = []
        /// The attempts whose worker was killed.
        var killedAttempts: Set<Int> = []

        init(plan: JobPlan) {
            self.plan = plan
        }

        var isOpen: Bool { id != nil && seen?.state != .finished }
    }

    private let entries = Mutex<[Int: Entry]>([:])

    private let lethal = Mutex<[ClosedRange<Date>]>([])

    /// In that time every worker that was started was to die.
    func addLethal(_ time: ClosedRange<Date>) {
        lethal.withLock { $0.append(time) }
    }

    /// The job's attempts whose worker was killed, or was to die.
    func killedAttempts(of entry: Entry, _ job: JobResponse) -> Set<Int> {
        let times = lethal.withLock { $0 }
        let doomed = job.attempts.filter { attempt in times.contains { $0.contains(attempt.claimed) } }
        return entry.killedAttempts.union(doomed.map(\.number))
    }

    func begin(_ plan: JobPlan) {
        entries.withLock { $0[plan.number] = Entry(plan: plan) }
    }

    func change(_ number: Int, _ body: (inout Entry) -> Void) {
        entries.withLock { entries in
            guard var entry = entries[number] else { return }
            body(&entry)
            entries[number] = entry
        }
    }

    /// The job was found on the server.
    func found(_ job: JobResponse, as number: Int) {
        change(number) { entry in
            entry.id = job.id
            if entry.seen == nil { entry.seen = job }
        }
    }

    func entry(_ number: Int) -> Entry? { entries.withLock { $0[number] } }
    var all: [Entry] { entries.withLock { $0.values.sorted { $0.plan.number < $1.plan.number } } }
    /// Those that the server is known to have and that haven't ended.
    var open: [Entry] { all.filter(\.isOpen) }
    var openCount: Int { entries.withLock { $0.values.count(where: \.isOpen) } }
    var hasUnknown: Bool { entries.withLock { $0.values.contains { $0.fate == .unknown && $0.id == nil } } }
    func number(of id: ObjectID) -> Int? { entries.withLock { $0.first { $0.value.id == id }?.key } }
}
