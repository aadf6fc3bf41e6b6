import FloydModel
import FloydOS
import FoundationEssentials
import GRDB
import Synchronization
import Testing

@testable import FloydStore

struct WriteQueueTests {
    private struct Refused: Error {}

    /// What several writes came to that waited together, in their order: the writer's connection is held until all are there.
    private func together(
        _ fixture: StoreFixture,
        _ writes: [@Sendable (Database) throws -> Int]
    ) async throws -> [Result<Int, any Error>] {
        let gate = Semaphore()
        let (entered, entering) = AsyncStream<Void>.makeStream()
        async let holding: Void = fixture.store.withWriter { _ in
            entering.yield()
            gate.wait()
        }
        for await _ in entered { break }
        let results = try await withThrowingTaskGroup(of: (Int, Result<Int, any Error>).self) { group in
            for (index, write) in writes.enumerated() {
                // On this task until it waits, so that they come in order.
                group.addTask { (index, await Self.result(fixture.store, write)) }
                while fixture.store.waitingWrites <= index { await Task.yield() }
            }
            gate.post()
            return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
        try await holding
        return writes.indices.compactMap { results[$0] }
    }

    private static func result(
        _ store: Store,
        _ write: @escaping @Sendable (Database) throws -> Int
    ) async -> Result<Int, any Error> {
        do {
            return .success(try await store.write(write))
        } catch {
            return .failure(error)
        }
    }

    private func note(_ number: Int) -> @Sendable (Database) throws -> Int {
        { db in
            try db.execute(sql: "INSERT INTO notes VALUES (?)", arguments: [number])
            return number
        }
    }

    private func withNotes(_ body: (StoreFixture) async throws -> Void) async throws {
        // However slow the machine is, what waits together is taken together.
        try await StoreFixture.with(writes: WriteQueue(patience: .seconds(3_600))) { fixture in
            try await fixture.sql("CREATE TABLE notes (number INTEGER UNIQUE)")
            try await body(fixture)
        }
    }

    private func notes(_ fixture: StoreFixture) async throws -> [Int] {
        try await fixture.store.read { try Int.fetchAll($0, sql: "SELECT number FROM notes ORDER BY rowid") }
    }

    @Test("those that wait together share one transaction, in the order they came, and each gets its own result")
    func group() async throws {
        try await withNotes { fixture in
            let order = Mutex<[Int]>([])
            let (transactions, _) = await commits(of: fixture) {
                let results = try await together(
                    fixture,
                    (0..<20).map { number in
                        { db in
                            order.withLock { $0.append(number) }
                            return try note(number)(db)
                        }
                    }
                )
                #expect(try results.map { try $0.get() } == Array(0..<20))
            }
            #expect(transactions == 1)
            #expect(order.withLock { $0 } == Array(0..<20))
            let kept = try await notes(fixture)
            #expect(kept == Array(0..<20))
        }
    }

    @Test("one that fails takes nothing with it, and its error goes to its caller alone")
    func isolation() async throws {
        try await withNotes { fixture in
            let results = try await together(
                fixture,
                [
                    note(1),
                    { db in
                        _ = try note(2)(db)
                        throw Refused()
                    },
                    note(3),
                    // Breaks a constraint.
                    note(1),
                    { db in
                        _ = try note(4)(db)
                        throw FloydError(.conflict, "no")
                    },
                    note(5),
                ]
            )
            #expect(results.map { (try? $0.get()) ?? -1 } == [1, -1, 3, -1, -1, 5])
            #expect(throws: Refused.self) { try results[1].get() }
            #expect(throws: FloydError.self) { try results[3].get() }
            #expect(throws: FloydError(.conflict, "no")) { try results[4].get() }
            #expect(try await notes(fixture) == [1, 3, 5])
        }
    }

    @Test("one whose failure makes SQLite give up the transaction is left out, and the others are written all the same")
    func undone() async throws {
        try await withNotes { fixture in
            let results = try await together(
                fixture,
                [
                    note(1), note(2),
                    { db in
                        try db.execute(sql: "ROLLBACK")
                        throw Refused()
                    },
                    note(3),
                ]
            )
            #expect(results.map { (try? $0.get()) ?? -1 } == [1, 2, -1, 3])
            #expect(try await notes(fixture) == [1, 2, 3])
        }
    }

    @Test("if the commit fails all hear of it, and nothing of theirs is stored")
    func commitFails() async throws {
        try await withNotes { fixture in
            try await fixture.sql("CREATE TABLE owners (id INTEGER PRIMARY KEY)")
            try await fixture.sql(
                "CREATE TABLE owned (owner INTEGER REFERENCES owners (id) DEFERRABLE INITIALLY DEFERRED)"
            )
            let results = try await together(
                fixture,
                [
                    note(1),
                    { db in
                        // Is seen when the transaction is committed, not before.
                        try db.execute(sql: "INSERT INTO owned VALUES (7)")
                        return 2
                    },
                    note(3),
                ]
            )
            for (index, result) in results.enumerated() {
                #expect(throws: FloydError.self, "\(index)") { try result.get() }
            }
            #expect(try await notes(fixture) == [])
            #expect(try await fixture.store.write(note(4)) == 4)
        }
    }

    @Test("a full disk is told as such, and nothing more when there is room again")
    func full() async throws {
        try await withNotes { fixture in
            try await fixture.sql("CREATE TABLE lumps (bytes BLOB)")
            let pages = try await fixture.store.withWriter { try Int.fetchOne($0, sql: "PRAGMA page_count") ?? 0 }
            try await fixture.store.withWriter { try $0.execute(sql: "PRAGMA max_page_count = \(pages + 8)") }
            let lump: @Sendable (Database) throws -> Int = { db in
                try db.execute(sql: "INSERT INTO lumps VALUES (zeroblob(1000000))")
                return 0
            }
            let results = try await together(fixture, [note(1), lump, note(2)])
            #expect(results.map { (try? $0.get()) ?? -1 } == [1, -1, 2])
            #expect(
                throws: FloydError(
                    .outOfSpace,
                    "the disk that holds the database is full",
                    hint: "Free some space on the server."
                )
            ) {
                try results[1].get()
            }
            try await fixture.store.withWriter { try $0.execute(sql: "PRAGMA max_page_count = 1000000") }
            #expect(try await fixture.store.write(lump) == 0)
            #expect(try await notes(fixture) == [1, 2])
            #expect(try await fixture.store.read { try String.fetchOne($0, sql: "PRAGMA integrity_check") } == "ok")
        }
    }

    @Test("a group is bounded, so that a writer of another kind comes between")
    func bounds() async throws {
        try await withNotes { fixture in
            let count = WriteQueue.maximumCount + 5
            let (transactions, _) = await commits(of: fixture) {
                let results = try await together(fixture, (0..<count).map(note))
                #expect(results.count == count)
            }
            #expect(transactions >= 2)
            let kept = try await notes(fixture)
            #expect(kept == Array(0..<count))
        }
    }

    @Test("after closing, whoever waits hears that it is over")
    func closed() async throws {
        try await StoreFixture.withFolder { folder in
            let store = try await Store.open(path: "\(folder)/\(Store.fileName)", migrating: true)
            try await store.close()
            await #expect(throws: FloydError.self) { try await store.write { try $0.execute(sql: "SELECT 1") } }
        }
    }

    @Test("every group is synced: groups leave the connection as it was opened")
    func synchronous() async throws {
        try await withNotes { fixture in
            _ = try await together(fixture, [note(1), { _ in throw Refused() }, note(2)])
            #expect(try await fixture.store.withWriter { try $0.integer("PRAGMA synchronous") } == 2)
        }
    }

    /// How many transactions were committed meanwhile.
    private func commits(of fixture: StoreFixture, _ body: () async throws -> Void) async -> (count: Int, failed: Bool)
    {
        let observer = CommitCounter()
        do {
            try await fixture.store.withWriter { $0.add(transactionObserver: observer, extent: .databaseLifetime) }
            try await body()
            try await fixture.store.withWriter { $0.remove(transactionObserver: observer) }
            return (observer.count.load(ordering: .relaxed), false)
        } catch {
            Issue.record(error)
            return (0, true)
        }
    }
}

private final class CommitCounter: TransactionObserver, Sendable {
    let count = Atomic(0)

    func observes(eventsOfKind eventKind: DatabaseEventKind) -> Bool { true }
    func databaseDidChange(with event: DatabaseEvent) {}
    func databaseDidCommit(_ db: Database) { count.add(1, ordering: .relaxed) }
    func databaseDidRollback(_ db: Database) {}
}
