import Dispatch
import FloydModel
import GRDB

extension Store {
    /// Opens the database file, with mode 0600, in a folder that exists.
    ///
    /// Opened by two processes at once, the first migrates and the other waits for it. A crash in the middle of a migration leaves
    /// its step undone, to be done by the next call.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - migrating: whether to make the file, or bring it to this build's schema. Otherwise it must be there already.
    /// - Throws: `FloydError`: `unavailable` if the file must be migrated first, `conflict` if a newer build has migrated it or it
    ///   is not a Floydlite database.
    public static func open(path: String, migrating: Bool) async throws -> Store {
        try await open(
            path: path,
            migrating: migrating,
            writes: WriteQueue(),
            ballast: Ballast(besideDatabase: path)
        )
    }

    static func open(path: String, migrating: Bool, writes: WriteQueue, ballast: Ballast) async throws -> Store {
        let pool = try await offThePool {
            do {
                // The log has to be made anew, and a step of the schema may need space.
                return try ballast.retrying { try openPool(path, migrating: migrating) }
            } catch {
                throw StoreFailure.translate(error)
            }
        }
        let store = Store(pool: pool, writes: writes, ballast: ballast)
        // Opening a pool sets NORMAL, with which a power loss may undo what was acknowledged.
        try await store.withWriter { db in
            try db.execute(sql: "PRAGMA synchronous = FULL")
            // After one large transaction the log would keep its size for ever.
            try db.execute(sql: "PRAGMA journal_size_limit = \(64 << 20)")
        }
        return store
    }

    private static let busyTimeout = 5.0

    private static func openPool(_ path: String, migrating: Bool) throws -> DatabasePool {
        try StoreFile.prepare(path, creating: migrating)
        var configuration = Configuration()
        configuration.label = "floydlite.store"
        configuration.foreignKeysEnabled = true
        configuration.busyMode = .timeout(busyTimeout)
        configuration.maximumReaderCount = readerCount
        let pool = try whileBusy { try DatabasePool(path: path, configuration: configuration) }
        try pool.read(refuseForeign)
        if migrating {
            try migrate(pool)
            // A connection that has seen the schema of before would take a statement's columns for those that it had then.
            pool.invalidateReadOnlyConnections()
        } else if try pool.read({ try !Migrations.migrator.hasCompletedMigrations($0) }) {
            throw StoreFile.notReady(path)
        }
        return pool
    }

    /// SQLite doesn't wait for another process in the moment that a file becomes a WAL database, or is recovered after a crash.
    private static func whileBusy<Value>(_ open: () throws -> Value) throws -> Value {
        let deadline = DispatchTime.now() + busyTimeout
        while true {
            do {
                return try open()
            } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY && DispatchTime.now() < deadline {
                StoreFile.pause()
            }
        }
    }

    private static func refuseForeign(_ db: Database) throws {
        if try Migrations.migrator.hasBeenSuperseded(db) {
            throw FloydError(
                .conflict,
                "the database was made by a newer floydlited than this one",
                hint: "Install that version again, or restore a backup made before the update."
            )
        }
        // The list of applied steps, with its index, may be all that another process, or a crash, has left so far.
        let isEmpty = try db.integer("SELECT count(*) FROM sqlite_schema WHERE tbl_name <> 'grdb_migrations'") == 0
        let isOurs = try db.integer("PRAGMA application_id") == Int64(Migrations.applicationID)
        guard isEmpty || isOurs else {
            throw FloydError(
                .conflict,
                "the database file is not one of floydlited's",
                hint: "Give another data directory."
            )
        }
    }

    private static func migrate(_ pool: DatabasePool) throws {
        // A step that another process takes at the same time fails here as a duplicate; then that one is done.
        for _ in Migrations.migrator.migrations {
            do {
                return try Migrations.migrator.migrate(pool)
            } catch let error as DatabaseError {
                guard try pool.read({ try Migrations.migrator.appliedMigrations($0).isEmpty }) == false else {
                    throw error
                }
            }
        }
        try Migrations.migrator.migrate(pool)
    }
}

/// Runs what blocks on a thread that isn't one of the few that tasks share. Those of the global queues are; a queue of one's own gets
/// another thread.
func offThePool<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        DispatchQueue(label: "floydlite.store.file").async {
            continuation.resume(with: Result { try body() })
        }
    }
}
