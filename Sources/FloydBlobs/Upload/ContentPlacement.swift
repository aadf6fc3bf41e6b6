import Dispatch
import FloydModel
import Synchronization

/// Gives received files, which were hashed as they came, the names of their contents, in order, by a thread of its own: whoever adds them goes on with the manifest meanwhile.
///
/// For one caller at a time. What was begun has ended when this value has.
struct ContentPlacement: ~Copyable {
    private typealias Placement = (file: String, id: ContentID)

    private static let batch = 256
    /// Batches that may wait; whoever adds more waits, too, so that a large tree isn't held in memory.
    private static let waiting = 8

    private final class Work: Sendable {
        let queue = DispatchQueue(label: "floydlite.place")
        let room = DispatchSemaphore(value: waiting)
        let failure = Mutex<FloydError?>(nil)
    }

    private let store: BlobStore
    private let work = Work()
    private var batch: [Placement] = []

    init(in store: BlobStore) {
        self.store = store
    }

    deinit {
        work.queue.sync {}
    }

    /// Has a whole, read-only, durable file placed, as `BlobStore.place` does it.
    ///
    /// - Throws: why one before could not be placed; nothing is begun then.
    mutating func add(_ file: String, as id: ContentID) throws(FloydError) {
        batch.append((file, id))
        if batch.count == Self.batch { try begin() }
    }

    /// Waits for all of them.
    ///
    /// - Throws: why one could not be placed.
    mutating func finish() throws(FloydError) {
        try begin()
        work.queue.sync {}
        if let failure = work.failure.withLock({ $0 }) { throw failure }
    }

    private mutating func begin() throws(FloydError) {
        if let failure = work.failure.withLock({ $0 }) { throw failure }
        let (placements, store, work) = (batch, store, work)
        batch = []
        work.room.wait()
        work.queue.async {
            defer { work.room.signal() }
            guard work.failure.withLock({ $0 == nil }) else { return }
            do throws(FloydError) {
                for (file, id) in placements { try store.place(file, as: id, isVerified: true) }
            } catch {
                work.failure.withLock { $0 = error }
            }
        }
    }
}
