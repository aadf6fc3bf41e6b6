public import FloydModel
public import FloydOS
import Glibc

/// Keeps the collector from taking what somebody is about to count on, also between processes: an flock(2) on one file.
///
/// Held together by all who plan an upload (until it has its name, by which the collector finds what it counts on) or make a tree (from its first
/// content on until its row is in the database); alone by the collector, for the short while in which it looks once more and removes.
/// The kernel lets it go when a process ends, however it ends.
public struct StoreGate: Sendable, Hashable {
    let path: String

    /// Lets the holder through as long as it lives.
    public final class Passage: Sendable {
        private let lock: FileLock

        init(_ lock: consuming FileLock) {
            self.lock = lock
        }
    }

    /// Waits while the collector is inside, which isn't long.
    public func pass() throws(FloydError) -> Passage {
        do throws(SystemError) {
            return Passage(try FileLock.acquireShared(path))
        } catch {
            throw FloydError(storage: error)
        }
    }

    /// The gate for oneself; nil where somebody has been passing all the time.
    ///
    /// - Parameter patience: how long to wait. Others pass meanwhile: nobody waits for who waits here.
    public func close(within patience: Duration = .zero) throws(FloydError) -> FileLock? {
        let deadline = ContinuousClock.now + patience
        while true {
            if let lock = try storing({ () throws(SystemError) in try FileLock.tryAcquire(path) }) { return lock }
            guard ContinuousClock.now < deadline else { return nil }
            usleep(1_000)
        }
    }
}
