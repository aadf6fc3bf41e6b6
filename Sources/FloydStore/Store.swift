import FloydModel
import FloydOS
import GRDB

/// The daemon's memory: accounts, projects, data and jobs, in one SQLite file.
///
/// What a call acknowledges is on disk: writes that wait together share a transaction, which is synced before the calls return (WAL
/// with `synchronous=FULL`), so a crash at any point leaves each write whole or absent. Calls run on the database's own threads and
/// suspend their task. A cancelled task still hears what became of its write; reads that it begins throw `CancellationError`.
///
/// Several processes may have the file open: a writer waits up to 5 s for another, then throws `FloydError` with `unavailable`.
/// Every call may throw that, `outOfSpace` for a disk that is full and has given its ballast back already, and `internalError` for a damaged file, besides what it documents.
public final class Store: Sendable {
    /// The file's name in the data directory.
    public static let fileName = "floydlite.db"

    private let pool: DatabasePool
    private let writes: WriteQueue
    /// Room that writes get when the disk is full.
    public let ballast: Ballast

    init(pool: DatabasePool, writes: WriteQueue, ballast: Ballast) {
        self.pool = pool
        self.writes = writes
        self.ballast = ballast
    }

    public var accounts: AccountQueries { AccountQueries(store: self) }
    public var tokens: TokenQueries { TokenQueries(store: self) }
    public var resources: ResourceQueries { ResourceQueries(store: self) }
    public var references: ReferenceQueries { ReferenceQueries(store: self) }
    public var trees: TreeQueries { TreeQueries(store: self) }
    public var uploads: UploadQueries { UploadQueries(store: self) }
    public var archives: ArchiveQueries { ArchiveQueries(store: self) }
    public var versions: VersionQueries { VersionQueries(store: self) }
    public var jobs: JobQueries { JobQueries(store: self) }
    public var requestKeys: RequestKeyQueries { RequestKeyQueries(store: self) }
    public var collection: CollectionQueries { CollectionQueries(store: self) }
    public var usage: UsageQueries { UsageQueries(store: self) }
    public var events: EventQueries { EventQueries(store: self) }

    /// Ends all use of the file and waits for what runs. Later calls throw.
    public func close() async throws {
        let pool = pool
        try await offThePool { try pool.close() }
    }

    /// Where reads are run. The pool's own way to wait for a connection leads a task over four threads, back and forth twice.
    private static let readers = BlockingPool(threads: readerCount, name: "floyd-reader")
    /// How many may read at once.
    static let readerCount = 4

    /// Reads in one transaction: a stable view that contains everything acknowledged before.
    func read<Value: Sendable>(_ body: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
        try Task.checkCancellation()
        return try await Self.readers.run { try self.readBlocking(body) }
    }

    /// `read` for a caller that may block.
    func readBlocking<Value>(_ body: (Database) throws -> Value) throws -> Value {
        do {
            return try pool.read(body)
        } catch {
            throw StoreFailure.translate(error)
        }
    }

    /// Writes, whole or not at all, in a transaction that other writes may share (`WriteQueue`). `body` may be called again if what it
    /// did was undone, so it must do nothing but write.
    func write<Value: Sendable>(_ body: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
        do {
            return try await withCheckedThrowingContinuation { continuation in
                writes.add(QueuedWrite(body) { continuation.resume(with: $0) }, for: pool, ballast)
            }
        } catch {
            throw StoreFailure.translate(error)
        }
    }

    /// Runs `body` in a write transaction of its own, which takes the lock at its start (a later upgrade could meet a busy file that
    /// no waiting helps).
    static func transaction<Value>(_ db: Database, _ body: () throws -> Value) throws -> Value {
        var value: Value?
        try db.inTransaction(.immediate) {
            value = try body()
            return .commit
        }
        guard let value else { throw FloydError(.internalError, "a transaction ended without a result") }
        return value
    }

    /// Writes some time later, behind the writes that wait already. For what may be lost.
    func writeSoon(_ body: @escaping @Sendable (Database) throws -> Void) {
        writes.add(QueuedWrite(body) { _ in }, for: pool, ballast)
    }

    /// How many writes wait that no group has taken yet.
    public var waitingWrites: Int { writes.count }

    /// Uses the writer's connection outside any transaction. `body` may be called again, as that of `write`.
    ///
    /// No cancellation reaches it: that would interrupt the connection until `body` has returned, also where it clears up behind itself.
    func withWriter<Value: Sendable>(_ body: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
        do {
            return try await withCheckedThrowingContinuation { continuation in
                pool.asyncWriteWithoutTransaction { [ballast] db in
                    continuation.resume(with: Result { try ballast.retrying { try body(db) } })
                }
            }
        } catch {
            throw StoreFailure.translate(error)
        }
    }
}
