import GRDB
import Synchronization

/// A write that waits for its turn, and the caller that waits for it.
struct QueuedWrite: Sendable {
    /// Runs it. May be called again if what it did was undone.
    let run: @Sendable (Database) throws -> Void
    /// Tells the caller: nil if what was run last is on the disk, else why nothing of it is. Called once.
    let finish: @Sendable ((any Error)?) -> Void

    init<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value,
        _ resume: @escaping @Sendable (Result<Value, any Error>) -> Void
    ) {
        let outcome = Outcome<Value>()
        run = { db in
            let value = try body(db)
            outcome.value.withLock { $0 = value }
        }
        finish = { error in
            if let error { return resume(.failure(error)) }
            guard let value = outcome.value.withLock({ $0 }) else { return resume(.failure(CancellationError())) }
            resume(.success(value))
        }
    }

    private final class Outcome<Value: Sendable>: Sendable {
        let value = Mutex<Value?>(nil)
    }
}
