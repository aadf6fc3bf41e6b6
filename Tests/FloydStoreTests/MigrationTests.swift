import FloydModel
import FoundationEssentials
import GRDB
import Testing

@testable import FloydStore

struct MigrationTests {
    /// The database that a release left behind, opened by this build.
    private func withMigrated(_ sql: String, _ body: (Store) async throws -> Void) async throws {
        try await StoreFixture.withFolder { folder in
            let path = "\(folder)/\(Store.fileName)"
            let queue = try DatabaseQueue(path: path)
            try await queue.write {
                try $0.execute(sql: sql.replacing("BEGIN TRANSACTION;", with: "").replacing("COMMIT;", with: ""))
            }
            try queue.close()
            #expect(try await code { _ = try await Store.open(path: path, migrating: false) } == .unavailable)
            let store = try await Store.open(path: path, migrating: true)
            try await body(store)
            try await store.close()
        }
    }

    @Test("a database of 0.1.0: every job is as it was, and its attempts stand in rows")
    func firstRelease() async throws {
        try await withMigrated(ReleaseFixture.release010) { store in
            let jobs = try await store.jobs.list(JobFilter(), limit: 100).sorted { $0.name.number < $1.name.number }
            #expect(jobs.map(\.name.number) == Array(1...11))
            #expect(
                jobs.map(\.outcome) == [
                    .success, .failed, .failed, .timeout, .shutdown, .lost, nil, nil, nil, nil, .shutdown,
                ]
            )
            #expect(jobs[6].state == .stopping && jobs[7].state == .running && jobs[8].state == .queued)
            #expect(jobs.allSatisfy { $0.retries == 0 && $0.retriesUsed == 0 && $0.stopGrace == nil })

            let attempts = try await store.jobs.attempts(of: jobs)
            #expect(jobs.map { attempts[$0.id]?.count ?? 0 } == [1, 1, 1, 1, 1, 1, 2, 1, 0, 0, 0])
            for job in jobs {
                guard let last = attempts[job.id]?.last else { continue }
                #expect(last.number == job.attempt && last.claimed == job.claimed && last.started == job.started)
                #expect(last.outcome == job.outcome && last.exitCode == job.exitCode && last.signal == job.signal)
                #expect(last.finished == job.finished && last.reason == job.reason)
                if job.state == .finished {
                    #expect(
                        last.duration
                            == job.started.map {
                                .milliseconds(Int64((job.finished?.timeIntervalSince($0) ?? 0) * 1000 + 0.5))
                            }
                    )
                } else {
                    #expect(last.duration == nil)
                }
            }
            // One that never came to a start.
            let first = try #require(attempts[jobs[6].id]?.first)
            #expect(first.number == 1 && first.outcome == nil && first.started == nil && first.duration == nil)
            #expect(first.reason == "its worker never started" && first.finished != nil)

            // And it goes on from there.
            let running = jobs[7]
            let facts = MoveFacts(at: StoreFixture.now, exitCode: 0)
            let ended = try await store.jobs.move(running, from: [.running], on: .exitRecord(.success), facts)
            #expect(ended?.outcome == .success)
            #expect(try await store.jobs.attempts(of: [running])[running.id]?.map(\.outcome) == [.success])
            let violations = try await store.read { try $0.integer("SELECT count(*) FROM pragma_foreign_key_check") }
            #expect(violations == 0)
        }
    }

    @Test("what 0.1.0 made is what this build's first step makes")
    func firstStepIsUntouched() async throws {
        let released = try DatabaseQueue()
        try await released.write {
            try $0.execute(
                sql: ReleaseFixture.release010.replacing("BEGIN TRANSACTION;", with: "").replacing("COMMIT;", with: "")
            )
        }
        let own = try DatabaseQueue()
        try Migrations.migrator.migrate(own, upTo: "2026-11-22 first schema")
        let sql = "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY name"
        let schemas = try await [released, own].asyncMap { try await $0.read { try String.fetchAll($0, sql: sql) } }
        #expect(schemas[0] == schemas[1])
    }
}

extension Array {
    fileprivate func asyncMap<Value>(_ body: (Element) async throws -> Value) async throws -> [Value] {
        var values: [Value] = []
        for element in self { values.append(try await body(element)) }
        return values
    }
}
