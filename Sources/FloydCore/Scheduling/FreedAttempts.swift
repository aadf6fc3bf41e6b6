internal import FloydModel
internal import FloydStore
internal import Synchronization

/// The attempts that hold nothing any more although the database still calls them active: nothing of their jobs lives, and only the disk is
/// waited for. What they held the next jobs may have meanwhile.
///
/// A restart of the daemon forgets it; they count again then until they are settled.
final class FreedAttempts: Sendable {
    private let attempts = Mutex<Set<AttemptID>>([])

    func add(_ attempt: AttemptID) {
        attempts.withLock { _ = $0.insert(attempt) }
    }

    func contains(_ attempt: AttemptID) -> Bool {
        attempts.withLock { $0.contains(attempt) }
    }

    /// Those that are known now.
    var all: Set<AttemptID> { attempts.withLock { $0 } }

    /// Drops attempts that have been settled.
    func forget(_ settled: Set<AttemptID>) {
        guard !settled.isEmpty else { return }
        attempts.withLock { $0.subtract(settled) }
    }
}

extension [HeldRecord] {
    /// What isn't held by one of these.
    func without(_ freed: Set<AttemptID>) -> [HeldRecord] {
        freed.isEmpty ? self : filter { !freed.contains(AttemptID($0)) }
    }

    var resources: Resources { map(\.resources).reduce(.none, +) }
}
