internal import Synchronization

/// The failpoint that the environment names, and how often it is passed before it acts.
final class ArmedFailpoint: Sendable {
    let point: Failpoint
    private let left: Atomic<Int>

    /// Nil for a text that names no failpoint.
    init?(_ text: String?) {
        guard let text else { return nil }
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let count = parts.count == 2 ? Int(parts[1]) : 1
        guard let name = parts.first, let point = Failpoint(rawValue: String(name)), let count, count > 0 else {
            return nil
        }
        self.point = point
        left = Atomic(count)
    }

    /// Counts one passage; true at the last.
    func countdown() -> Bool {
        left.subtract(1, ordering: .relaxed).newValue == 0
    }
}
