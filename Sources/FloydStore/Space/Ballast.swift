public import FloydModel
public import FloydOS
import GRDB
import Glibc
import Synchronization

/// Room on the disk that is kept for the database: a file beside it that is removed when a write of the database finds the disk full,
/// so that jobs can be settled, stopped and deleted all the same.
///
/// Any process that has the database open gives the room back when it needs it. The daemon alone takes it, and while it is gone lets
/// nothing in that needs space (`checkRoom`). The file gets its name when all its room is taken: a crash before leaves `PATH.tmp`,
/// which the next try replaces.
public final class Ballast: Sendable {
    /// The file's name, beside the database.
    public static let fileName = "floydlite.ballast"

    private struct State {
        /// Bytes; 0 where this process doesn't keep it.
        var size: Int64 = 0
        /// Why it can't be had at all.
        var obstacle: SystemError?
    }

    let path: String
    private let folder: String
    private let free: @Sendable () -> Int64?
    // Held while the file is made or removed: none is given back before it is whole.
    private let state = Mutex(State())
    private let spent = Atomic(false)

    convenience init(besideDatabase database: String) {
        let folder = Folder.parent(of: database) ?? "."
        self.init(in: folder) { FileSystem.free(folder) }
    }

    /// - Parameter free: bytes of the disk that are left; nil if nobody knows.
    init(in folder: String, free: @escaping @Sendable () -> Int64?) {
        self.folder = folder
        self.free = free
        path = "\(folder)/\(Self.fileName)"
    }

    /// Whether this process has given room back. Until it is there again the log must not grow: its room is used again as soon as what
    /// is in it can be moved to the database.
    var isSpent: Bool { spent.load(ordering: .acquiring) }

    // MARK: - Keeping it

    /// What a look at it came to.
    public enum Outcome: Sendable, Hashable {
        /// It is as it should be; or, with too little room for another one, no smaller.
        case there
        case made
        /// It is not there, or a part of it is lent, and the disk has too little room for it.
        case tooLittleRoom
        /// It can't be had, for another reason than want of room.
        case failed(SystemError)
    }

    /// Makes this process the one that keeps it.
    ///
    /// - Parameter size: bytes; with 0 it is removed, and never missed.
    public func keep(size: Int64) {
        state.withLock { $0.size = size }
    }

    /// Takes the room if it isn't taken, and the disk has ample. Blocks.
    public func refill() -> Outcome {
        state.withLock { state in
            guard state.size > 0 else {
                remove()
                return .there
            }
            state.obstacle = nil
            do throws(SystemError) {
                let found = try FileStatus.of(path)
                if let found, found.size == state.size, BallastFile.allocated(path) >= state.size { return .there }
                guard BallastPlan.isAmple(free(), for: state.size) else {
                    guard let found, found.size >= state.size else {
                        // Lent by this process, or by the one before it.
                        if found != nil { spent.store(true, ordering: .releasing) }
                        return .tooLittleRoom
                    }
                    return .there
                }
                try BallastFile.make(path, size: state.size)
                spent.store(false, ordering: .releasing)
                return .made
            } catch {
                // Another process that needed room may have taken it away half-made.
                if [ENOSPC, EDQUOT, ENOENT].contains(error.code) { return .tooLittleRoom }
                state.obstacle = error
                return .failed(error)
            }
        }
    }

    /// Lends a quarter of it to whoever needs room on a disk that has none at all: workers don't end before the last of their jobs' logs is
    /// written, and the database may have no need of room meanwhile. Once: the rest is the database's, whatever fills the disk. That the file is
    /// smaller then tells the next process, too. Blocks.
    ///
    /// - Returns: whether it was lent now.
    public func lendIfFull() -> Bool {
        state.withLock { state in
            let part = state.size / 4
            guard part > 0, state.obstacle == nil, let free = free(), free < part, hasAll(state.size),
                Glibc.truncate(path, off_t(state.size - part)) == 0
            else { return false }
            spent.store(true, ordering: .releasing)
            return true
        }
    }

    /// Whether the room is given back, all or a part, by this process or another, and the disk has not had enough for it since.
    public var isGone: Bool {
        state.withLock { $0.size > 0 && $0.obstacle == nil && !hasAll($0.size) }
    }

    var isThere: Bool { length != nil }
    /// Bytes of the file, whether or not they take room; nil where there is none.
    private var length: Int64? { ((try? FileStatus.of(path)) ?? nil)?.size }

    /// Whether it is there and nothing of the size that is wanted is lent.
    private func hasAll(_ size: Int64) -> Bool { length.map { $0 >= size } ?? false }

    /// Refuses what would need space while the database lives on its last.
    ///
    /// - Throws: `FloydError` with `outOfSpace`.
    public func checkRoom() throws(FloydError) {
        guard isGone else { return }
        throw FloydError(
            .outOfSpace,
            "the server's disk is full, and takes nothing new until there is room again",
            hint: "Delete what is no longer needed (`floydlite data delete NAME/N`, `floydlite delete JOB`), "
                + "or ask the server's administrator."
        )
    }

    // MARK: - Giving it back

    /// What `body` gives; tried once more if it failed for want of space that could be given back.
    func retrying<Value>(_ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch  where relieve(error) {
            return try body()
        }
    }

    /// Gives the room back if that is what a write of the database failed for.
    ///
    /// - Returns: whether there is some now, so that the write is worth another try. Never twice for one ballast.
    func relieve(_ error: any Error) -> Bool {
        guard let error = error as? DatabaseError, BallastPlan.mayWantSpace(error.extendedResultCode) else {
            return false
        }
        let isRemoved = state.withLock { _ in
            guard let size = try? FileStatus.of(path)?.size, !BallastPlan.isAmple(free(), for: size) else {
                return false
            }
            return remove()
        }
        if isRemoved { spent.store(true, ordering: .releasing) }
        return isRemoved
    }

    @discardableResult
    private func remove() -> Bool {
        let isRemoved = unlink(path) == 0
        _ = unlink(BallastFile.draft(of: path))
        // Some file systems give blocks to others only when the removal itself is on the disk.
        if isRemoved { try? Folder.synchronize(folder) }
        return isRemoved
    }
}
