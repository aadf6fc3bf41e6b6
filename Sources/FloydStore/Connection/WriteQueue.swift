import FloydOS
import GRDB
import Synchronization

/// The writes that wait. Those that wait together are run in one transaction, in the order they came, and share its one sync.
///
/// Each has a savepoint: one that fails takes nothing of another's with it, and its error goes to its caller alone. If the commit
/// fails nothing of the group is stored, and all hear why. A crash leaves the group whole or absent, and nobody of it was told.
///
/// A group that the full disk has no room for is undone and run once more with that of the ballast.
final class WriteQueue: Sendable {
    /// Bounds of one group, because who came first waits for the last: how many, and until when more are taken.
    static let maximumCount = 64
    private let patience: Duration

    private struct Waiting {
        var writes: [QueuedWrite] = []
        var head = 0
        /// Whether the writer's connection will come for them.
        var isServed = false
    }

    private let waiting = Mutex(Waiting())

    init(patience: Duration = .milliseconds(5)) {
        self.patience = patience
    }

    func add(_ write: QueuedWrite, for pool: DatabasePool, _ ballast: Ballast) {
        let isFirst = waiting.withLock { waiting in
            waiting.writes.append(write)
            defer { waiting.isServed = true }
            return !waiting.isServed
        }
        if isFirst { serve(pool, ballast) }
    }

    var count: Int { waiting.withLock { $0.writes.count - $0.head } }

    private func serve(_ pool: DatabasePool, _ ballast: Ballast) {
        pool.asyncWriteWithoutTransaction { [self] db in
            runGroup(db, ballast)
            if ballast.isSpent { _ = try? db.checkpoint(.passive) }
            let isEmpty = waiting.withLock { waiting in
                waiting.isServed = waiting.head < waiting.writes.count
                return !waiting.isServed
            }
            // Behind whoever else waits for the connection by now.
            if !isEmpty { serve(pool, ballast) }
        }
    }

    private func next() -> QueuedWrite? {
        waiting.withLock { waiting in
            guard waiting.head < waiting.writes.count else { return nil }
            defer {
                waiting.head += 1
                if waiting.head == waiting.writes.count {
                    waiting.writes.removeAll(keepingCapacity: true)
                    waiting.head = 0
                }
            }
            return waiting.writes[waiting.head]
        }
    }

    private func takeAll() -> [QueuedWrite] {
        waiting.withLock { waiting in
            defer {
                waiting.writes = []
                waiting.head = 0
            }
            return Array(waiting.writes[waiting.head...])
        }
    }

    private func runGroup(_ db: Database, _ ballast: Ballast) {
        let deadline = ContinuousClock.now + patience
        var taken = 0
        var undone: [QueuedWrite] = []
        repeat {
            var again = undone[...]
            undone = transaction(db, ballast) {
                if let write = again.popFirst() { return write }
                guard taken < Self.maximumCount, taken == 0 || ContinuousClock.now < deadline else { return nil }
                taken += 1
                return next()
            }
            // What the transaction didn't come to.
            undone += again
        } while !undone.isEmpty
    }

    /// Runs what `next` gives in one transaction and tells the callers.
    ///
    /// - Returns: those that were undone together with one that failed so badly that SQLite gave up the whole transaction, as it may
    ///   when the disk is full: they are to be run again, without that one. All of them, if it was given the ballast's room.
    private func transaction(_ db: Database, _ ballast: Ballast, _ next: () -> QueuedWrite?) -> [QueuedWrite] {
        guard let first = next() else { return [] }
        var done: [QueuedWrite] = []
        var failed: [(QueuedWrite, any Error)] = []
        var relieved: [QueuedWrite] = []
        defer { for (write, error) in failed { write.finish(error) } }
        do {
            try db.inTransaction(.immediate) {
                var write: QueuedWrite? = first
                while let present = write {
                    do {
                        try db.inSavepoint {
                            try present.run(db)
                            return .commit
                        }
                        done.append(present)
                    } catch {
                        guard !ballast.relieve(error) else {
                            relieved = [present]
                            throw TransactionGone()
                        }
                        failed.append((present, error))
                        guard db.isInsideTransaction else { throw TransactionGone() }
                    }
                    write = next()
                }
                return done.isEmpty ? .rollback : .commit
            }
        } catch is TransactionGone {
            return done + relieved
        } catch {
            if ballast.relieve(error) { return done.isEmpty && failed.isEmpty ? [first] : done }
            // Where it never began, whoever waits would wait as long for the same answer.
            let refused = done.isEmpty && failed.isEmpty ? [first] + takeAll() : done
            for write in refused { write.finish(error) }
            return []
        }
        if !done.isEmpty { Failpoint.storeCommitted.reach() }
        for write in done { write.finish(nil) }
        return []
    }

    private struct TransactionGone: Error {}
}
