import FloydModel
import FoundationEssentials
import GRDB
import Testing

@testable import FloydStore

struct OpeningTests {
    @Test("the writer's connection syncs every commit, to a write-ahead log, and holds references")
    func pragmas() async throws {
        try await StoreFixture.with { fixture in
            let (synchronous, journal, foreignKeys, timeout) = try await fixture.store.withWriter { db in
                (
                    try db.integer("PRAGMA synchronous"), try String.fetchOne(db, sql: "PRAGMA journal_mode"),
                    try db.integer("PRAGMA foreign_keys"), try db.integer("PRAGMA busy_timeout")
                )
            }
            #expect(synchronous == 2)
            #expect(journal == "wal")
            #expect(foreignKeys == 1)
            #expect(timeout == 5000)
            // Writing and reading leaves it so.
            _ = try await fixture.submit(fixture.alice)
            #expect(try await fixture.store.withWriter { try $0.integer("PRAGMA synchronous") } == 2)
        }
    }

    @Test("the file and its log are for the service alone, also if they were not before")
    func mode() async throws {
        try await StoreFixture.withFolder { folder in
            let path = "\(folder)/store.db"
            var store = try await Store.open(path: path, migrating: true)
            for file in [path, "\(path)-wal", "\(path)-shm"] { #expect(try permissions(file) == 0o600, "\(file)") }
            try await store.close()
            try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
            store = try await Store.open(path: path, migrating: false)
            #expect(try permissions(path) == 0o600)
            try await store.close()
        }
    }

    @Test("what was written is there after reopening, also without the right to migrate")
    func reopening() async throws {
        try await StoreFixture.with { fixture in
            let job = try await fixture.submit(fixture.alice)
            for migrating in [true, false] {
                let again = try await Store.open(path: fixture.path, migrating: migrating)
                #expect(try await again.jobs.get(job.id) == job)
                #expect(try await again.withWriter { try $0.integer("PRAGMA synchronous") } == 2)
                try await again.close()
            }
        }
    }

    @Test("without the right to migrate, an absent or empty file is refused with the way out, and left as it is")
    func notReady() async throws {
        try await StoreFixture.withFolder { folder in
            let path = "\(folder)/store.db"
            let absent = await #expect(throws: FloydError.self) { try await Store.open(path: path, migrating: false) }
            #expect(absent?.code == .unavailable)
            #expect(absent?.hint?.contains("Start the daemon first") == true)
            #expect(!FileManager.default.fileExists(atPath: path))

            #expect(FileManager.default.createFile(atPath: path, contents: Data()))
            let empty = await #expect(throws: FloydError.self) { try await Store.open(path: path, migrating: false) }
            #expect(empty?.hint == absent?.hint)
            try await Store.open(path: path, migrating: true).close()
        }
    }

    @Test("a newer schema is refused, with or without the right to migrate", arguments: [true, false])
    func newer(_ migrating: Bool) async throws {
        try await StoreFixture.with { fixture in
            try await fixture.sql("INSERT INTO grdb_migrations VALUES ('2099-01-01 from the future')")
            let error = await #expect(throws: FloydError.self) {
                try await Store.open(path: fixture.path, migrating: migrating)
            }
            #expect(error?.code == .conflict)
            #expect(error?.message.contains("newer") == true)
        }
    }

    @Test("another program's database is refused, and what is no database at all")
    func foreign() async throws {
        try await StoreFixture.withFolder { folder in
            let other = "\(folder)/other.db"
            let queue = try DatabaseQueue(path: other)
            try await queue.write { try $0.execute(sql: "CREATE TABLE users (name TEXT)") }
            try queue.close()
            #expect(try await code { _ = try await Store.open(path: other, migrating: true) } == .conflict)

            let text = "\(folder)/text.db"
            try Data(repeating: 0x41, count: 5000).write(to: URL(filePath: text))
            #expect(try await code { _ = try await Store.open(path: text, migrating: true) } == .internalError)
            #expect(
                try await code { _ = try await Store.open(path: "\(folder)/no/db", migrating: true) } == .unavailable
            )
        }
    }

    @Test("a crash between the list of steps and the first step is no obstacle")
    func halfMigrated() async throws {
        try await StoreFixture.withFolder { folder in
            let path = "\(folder)/store.db"
            let queue = try DatabaseQueue(path: path)
            try await queue.write { db in
                try db.execute(sql: "CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY)")
            }
            try queue.close()
            #expect(try await code { _ = try await Store.open(path: path, migrating: false) } == .unavailable)
            try await Store.open(path: path, migrating: true).close()
        }
    }

    @Test("several may open and migrate an absent file at once")
    func race() async throws {
        try await StoreFixture.withFolder { folder in
            let path = "\(folder)/store.db"
            let stores = try await withThrowingTaskGroup(of: Store.self) { group in
                for _ in 0..<6 { group.addTask { try await Store.open(path: path, migrating: true) } }
                return try await group.reduce(into: [Store]()) { $0.append($1) }
            }
            for (index, store) in stores.enumerated() {
                _ = try await store.accounts.addUser(Name("user-\(index)"), at: StoreFixture.now)
            }
            #expect(try await stores[0].accounts.users().count == 6)
            for store in stores { try await store.close() }
        }
    }

    @Test("two pools write at the same time and no one is told that the database is locked")
    func twoWriters() async throws {
        try await StoreFixture.with { fixture in
            let job = try await fixture.newJob(fixture.alice)
            let other = try await Store.open(path: fixture.path, migrating: false)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for store in [fixture.store, other] {
                    group.addTask {
                        for _ in 0..<100 {
                            var next = job
                            next.id = ObjectID()
                            _ = try await store.jobs.submit(next)
                        }
                    }
                }
                try await group.waitForAll()
            }
            let jobs = try await other.jobs.list(JobFilter(), limit: 1000)
            #expect(jobs.map(\.name.number) == (1...200).reversed())
            try await other.close()
        }
    }

    @Test("a cancelled task hears what became of its write")
    func cancellation() async throws {
        try await StoreFixture.with { fixture in
            let job = try await fixture.newJob(fixture.alice)
            let store = fixture.store
            let task = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                return try await store.jobs.submit(job)
            }
            let made = try await task.value
            #expect(try await store.jobs.get(job.id) == made)
        }
    }

    private func permissions(_ path: String) throws -> Int? {
        let value = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions]
        return (value as? UInt16).map(Int.init) ?? value as? Int
    }
}
