import FloydModel
import FloydOS
import FoundationEssentials
import GRDB
import Synchronization
import Testing

@testable import FloydStore

/// A disk whose free bytes the test says.
private final class Disk: Sendable {
    private let bytes: Atomic<Int64>

    init(_ bytes: Int64) { self.bytes = Atomic(bytes) }

    var free: Int64 {
        get { bytes.load(ordering: .relaxed) }
        set { bytes.store(newValue, ordering: .relaxed) }
    }
}

struct BallastTests {
    private static let size: Int64 = 1 << 20
    private static let ample: Int64 = 4 << 20

    // MARK: - The file

    private func withBallast(_ body: (Ballast, Disk, String) async throws -> Void) async throws {
        try await StoreFixture.withFolder { folder in
            let disk = Disk(Self.ample)
            let ballast = Ballast(in: folder) { disk.free }
            ballast.keep(size: Self.size)
            try await body(ballast, disk, "\(folder)/floydlite.ballast")
        }
    }

    @Test("its room is really taken, for the service alone, and it is made once")
    func made() async throws {
        try await withBallast { ballast, _, path in
            #expect(ballast.isGone)
            #expect(ballast.refill() == .made)
            let status = try #require(try FileStatus.of(path))
            #expect(status.size == Self.size)
            #expect(BallastFile.allocated(path) >= Self.size)
            #expect(status.mode == 0o600)
            #expect(!ballast.isGone)
            #expect(ballast.refill() == .there)
            #expect(try FileStatus.of(path)?.inode as UInt64? == status.inode)
        }
    }

    @Test("it is not made of a disk's last, and nothing is let in meanwhile")
    func tooLittleRoom() async throws {
        try await withBallast { ballast, disk, path in
            disk.free = Self.ample - 1
            #expect(ballast.refill() == .tooLittleRoom)
            #expect(!FileManager.default.fileExists(atPath: path))
            let error = #expect(throws: FloydError.self) { try ballast.checkRoom() }
            #expect(error?.code == .outOfSpace)
            #expect(error?.hint?.contains("data delete") == true)
            disk.free = Self.ample
            #expect(ballast.refill() == .made)
            #expect(throws: Never.self) { try ballast.checkRoom() }
        }
    }

    @Test("what a crash left half-made is made again, and so is a copy that takes no room, or one of another size")
    func madeAgain() async throws {
        try await withBallast { ballast, disk, path in
            try Data(count: 5_000).write(to: URL(filePath: path + ".tmp"))
            #expect(ballast.refill() == .made)
            #expect(!FileManager.default.fileExists(atPath: path + ".tmp"))

            for (size, fakes) in [(Self.size, false), (Self.size * 2, true)] {
                try FileManager.default.removeItem(atPath: path)
                #expect(FileManager.default.createFile(atPath: path, contents: Data(count: fakes ? 4_096 : 0)))
                let file = try FileDescriptor.open(path, 1)
                try file.truncate(to: size)
                // Better than nothing while there is no room for a whole one.
                disk.free = 0
                #expect(ballast.refill() == .there)
                disk.free = Self.ample
                #expect(ballast.refill() == .made)
                let status = try #require(try FileStatus.of(path))
                #expect(status.size == Self.size && BallastFile.allocated(path) >= Self.size)
            }
        }
    }

    @Test("what is in its way for another reason is told, and keeps nothing out")
    func failed() async throws {
        try await withBallast { ballast, _, path in
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
            guard case .failed = ballast.refill() else {
                Issue.record("a folder was replaced")
                return
            }
            #expect(throws: Never.self) { try ballast.checkRoom() }
            try FileManager.default.removeItem(atPath: path)
            #expect(ballast.refill() == .made)
        }
    }

    @Test("without a reserve there is none, and one of before is removed")
    func none() async throws {
        try await withBallast { ballast, _, path in
            #expect(ballast.refill() == .made)
            ballast.keep(size: 0)
            #expect(ballast.refill() == .there)
            #expect(!FileManager.default.fileExists(atPath: path))
            #expect(!ballast.isGone)
        }
    }

    @Test("a process that doesn't keep it neither misses nor makes it, but gives it back")
    func otherProcess() async throws {
        try await withBallast { ballast, disk, path in
            let other = Ballast(in: Folder.parent(of: path) ?? "") { disk.free }
            #expect(!other.isGone)
            #expect(ballast.refill() == .made)
            disk.free = 0
            #expect(other.relieve(DatabaseError(resultCode: .SQLITE_FULL)))
            #expect(!FileManager.default.fileExists(atPath: path))
            #expect(ballast.isGone)
        }
    }

    @Test("it is given back once, for want of space alone, and only where the disk has little left")
    func relief() async throws {
        try await withBallast { ballast, disk, _ in
            ballast.keep(size: Self.size)
            #expect(ballast.refill() == .made)
            let full = DatabaseError(resultCode: .SQLITE_FULL)
            // Of another disk, that of temporary files perhaps.
            #expect(!ballast.relieve(full))
            disk.free = Self.ample - 1
            #expect(!ballast.relieve(DatabaseError(resultCode: .SQLITE_BUSY)))
            #expect(!ballast.relieve(FloydError(.outOfSpace, "no")))
            #expect(!ballast.isSpent)
            #expect(ballast.relieve(full))
            #expect(ballast.isSpent && ballast.isGone)
            #expect(!ballast.relieve(full))
            disk.free = Self.ample
            #expect(ballast.refill() == .made)
            #expect(!ballast.isSpent)
        }
    }

    @Test("a quarter is lent once to a disk that has nothing, and the rest stays the database's")
    func lent() async throws {
        try await withBallast { ballast, disk, path in
            #expect(!ballast.lendIfFull())
            #expect(ballast.refill() == .made)
            disk.free = Self.size / 4
            #expect(!ballast.lendIfFull() && !ballast.isGone)
            disk.free = Self.size / 4 - 1
            #expect(ballast.lendIfFull() && ballast.isGone && ballast.isSpent)
            #expect(BallastFile.allocated(path) == Self.size / 4 * 3)
            #expect(!ballast.lendIfFull())
            #expect(ballast.refill() == .tooLittleRoom)
            #expect(throws: FloydError.self) { try ballast.checkRoom() }
            #expect(ballast.relieve(DatabaseError(resultCode: .SQLITE_FULL)))
            #expect(!ballast.isThere)
            disk.free = Self.ample
            #expect(ballast.refill() == .made)
            #expect(!ballast.isGone && BallastFile.allocated(path) >= Self.size)
        }
    }

    @Test("that a quarter is lent outlives the process")
    func lentBefore() async throws {
        try await withBallast { before, disk, path in
            #expect(before.refill() == .made)
            disk.free = 0
            #expect(before.lendIfFull())
            let ballast = Ballast(in: Folder.parent(of: path) ?? "") { disk.free }
            ballast.keep(size: Self.size)
            #expect(ballast.isGone)
            #expect(ballast.refill() == .tooLittleRoom)
            #expect(ballast.isGone && ballast.isSpent)
            #expect(throws: FloydError.self) { try ballast.checkRoom() }
            // Once, by whomever.
            #expect(!ballast.lendIfFull())
            #expect(BallastFile.allocated(path) == Self.size / 4 * 3)
            disk.free = Self.ample
            #expect(ballast.refill() == .made)
            #expect(!ballast.isGone && !ballast.isSpent)
        }
    }

    // MARK: - Writes

    private func withStore(_ body: (StoreFixture) async throws -> Void) async throws {
        let disk = Disk(Self.ample)
        try await StoreFixture.with(free: { disk.free }) { fixture in
            try await fixture.sql("CREATE TABLE notes (text TEXT)")
            fixture.store.ballast.keep(size: Self.size)
            #expect(fixture.store.ballast.refill() == .made)
            disk.free = 0
            try await body(fixture)
        }
    }

    private func notes(_ fixture: StoreFixture) async throws -> Int64? {
        try await fixture.integer("SELECT count(*) FROM notes")
    }

    /// Writes more than the file may hold as long as the ballast is there.
    private func note(_ ballast: Ballast) -> @Sendable (Database) throws -> Void {
        { db in
            if ballast.isThere {
                try db.execute(sql: "PRAGMA max_page_count = 1")
            } else {
                try db.execute(sql: "PRAGMA max_page_count = 1000000")
            }
            try db.execute(sql: "INSERT INTO notes VALUES (hex(zeroblob(100000)))")
        }
    }

    @Test(
        "a write that finds the disk full is done with the ballast's room, and so are those that shared its transaction"
    )
    func write() async throws {
        try await withStore { fixture in
            let store = fixture.store
            async let before: Void = store.write { try $0.execute(sql: "INSERT INTO notes VALUES ('a')") }
            try await store.write(note(store.ballast))
            try await before
            #expect(store.ballast.isGone)
            #expect(try await notes(fixture) == 2)
            // And so on, with what is left.
            try await store.write { try $0.execute(sql: "INSERT INTO notes VALUES ('b')") }
            #expect(try await notes(fixture) == 3)
        }
    }

    @Test("also outside the queue, where trees are recorded")
    func withWriter() async throws {
        try await withStore { fixture in
            let note = note(fixture.store.ballast)
            try await fixture.store.withWriter { db in try Store.transaction(db) { try note(db) } }
            #expect(fixture.store.ballast.isGone)
            #expect(try await notes(fixture) == 1)
        }
    }

    @Test("also if it is the commit that finds the disk full, and then nothing is stored twice")
    func commit() async throws {
        try await withStore { fixture in
            let store = fixture.store
            let observer = FullWhileThere(store.ballast)
            try await store.withWriter { $0.add(transactionObserver: observer, extent: .databaseLifetime) }
            try await store.write { try $0.execute(sql: "INSERT INTO notes VALUES ('a')") }
            try await store.withWriter { $0.remove(transactionObserver: observer) }
            #expect(store.ballast.isGone)
            #expect(try await notes(fixture) == 1)
        }
    }

    @Test("a write for which the ballast's room isn't enough is tried once more, and its caller hears of the full disk")
    func notEnough() async throws {
        try await withStore { fixture in
            let tries = Atomic(0)
            let error = await #expect(throws: FloydError.self) {
                try await fixture.store.write { _ in
                    tries.add(1, ordering: .relaxed)
                    throw DatabaseError(resultCode: .SQLITE_FULL)
                }
            }
            #expect(error?.code == .outOfSpace)
            #expect(tries.load(ordering: .relaxed) == 2)
            #expect(fixture.store.ballast.isGone)
            await #expect(throws: FloydError.self) {
                try await fixture.store.write { _ in
                    tries.add(1, ordering: .relaxed)
                    throw DatabaseError(resultCode: .SQLITE_FULL)
                }
            }
            #expect(tries.load(ordering: .relaxed) == 3)
        }
    }

    @Test("once the room is given back, the log is used again after each write instead of growing")
    func logStays() async throws {
        try await withStore { fixture in
            let store = fixture.store
            try await store.write(note(store.ballast))
            // Whoever holds the connection comes behind what the queue does after a group.
            let before = try await store.withWriter { _ in try FileStatus.of(fixture.path + "-wal")?.size }
            for _ in 0..<20 {
                try await store.write { try $0.execute(sql: "INSERT INTO notes VALUES (hex(zeroblob(1000)))") }
                try await store.withWriter { _ in }
            }
            #expect(try FileStatus.of(fixture.path + "-wal")?.size == before)
        }
    }
}

/// A commit for which there is no room as long as the ballast has it.
private final class FullWhileThere: TransactionObserver, Sendable {
    private let ballast: Ballast

    init(_ ballast: Ballast) { self.ballast = ballast }

    func observes(eventsOfKind eventKind: DatabaseEventKind) -> Bool { true }
    func databaseDidChange(with event: DatabaseEvent) {}
    func databaseWillCommit() throws {
        if ballast.isThere { throw DatabaseError(resultCode: .SQLITE_FULL) }
    }
    func databaseDidCommit(_ db: Database) {}
    func databaseDidRollback(_ db: Database) {}
}
