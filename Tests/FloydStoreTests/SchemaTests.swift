import FloydModel
import GRDB
import Testing

@testable import FloydStore

/// What the schema itself refuses, whatever the queries do.
struct SchemaTests {
    /// Whether the statement fails on a constraint.
    private func refuses(_ sql: String, _ fixture: StoreFixture) async throws -> Bool {
        let error = try await fixture.store.withWriter { db -> ResultCode? in
            do {
                try db.inTransaction {
                    try db.execute(sql: sql)
                    return .rollback
                }
                return nil
            } catch let error as DatabaseError {
                return error.resultCode
            }
        }
        return error == .SQLITE_CONSTRAINT
    }

    @Test("states, outcomes and times that don't go together")
    func jobs() async throws {
        try await StoreFixture.with { fixture in
            _ = try await fixture.submit(fixture.alice)
            let illegal = [
                "state = 'paused'", "state = 'finished'", "outcome = 'success'",
                "state = 'finished', finished = 1", "state = 'finished', outcome = 'success'",
                "state = 'finished', outcome = 'great', finished = 1", "state = 'starting'", "state = 'running'",
                "state = 'starting', claimed = 1", "state = 'running', claimed = 1, attempt = 1", "started = 1",
                "claimed = 1", "exit_code = 0", "signal = 9", "attempt = -1", "command = ''", "number = 0",
                "max_runtime = 0", "retries = -1", "id = 'short'", "cpus = 'two'", "project = 99", "code = 99",
            ]
            for change in illegal {
                #expect(try await refuses("UPDATE jobs SET \(change)", fixture), "\(change)")
            }
            let legal = [
                "state = 'starting', claimed = 1, attempt = 1",
                "state = 'running', claimed = 1, started = 2, attempt = 1",
                "state = 'stopping', claimed = 1, attempt = 1", "state = 'finished', outcome = 'lost', finished = 1",
            ]
            for change in legal {
                #expect(try await !refuses("UPDATE jobs SET \(change)", fixture), "\(change)")
            }
        }
    }

    @Test("what belongs to another account can't be referred to")
    func ownership() async throws {
        try await StoreFixture.with { fixture in
            let job = try await fixture.submit(fixture.alice)
            _ = try await fixture.versions(1, of: "d", fixture.alice)
            _ = try await fixture.submit(fixture.bob)
            let bobs = "(SELECT pk FROM users WHERE name = 'bob')"
            let bobsTree = "(SELECT pk FROM trees WHERE owner = \(bobs))"
            for sql in [
                "UPDATE jobs SET code = \(bobsTree) WHERE id = '\(job.id)'",
                "UPDATE jobs SET owner = \(bobs) WHERE id = '\(job.id)'",
                "UPDATE dataset_versions SET tree = \(bobsTree)",
                "UPDATE uploads SET tree = \(bobsTree) WHERE owner <> \(bobs)",
                "UPDATE jobs SET number = 1, project = (SELECT project FROM jobs WHERE id = '\(job.id)')",
            ] {
                #expect(try await refuses(sql, fixture), "\(sql)")
            }
        }
    }

    @Test("uploads, contents, inputs and tokens")
    func data() async throws {
        try await StoreFixture.with { fixture in
            let version = try await fixture.versions(1, of: "d", fixture.alice)[0]
            let input = NewJob.Input(source: .version(version.id), mount: "d", isNamed: false)
            _ = try await fixture.submit(fixture.alice, inputs: [input])
            _ = try await fixture.store.tokens.add(
                hash: StoreFixture.digest(1),
                user: fixture.alice.id,
                label: "",
                created: StoreFixture.now
            )
            for sql in [
                "UPDATE uploads SET tree = NULL", "UPDATE uploads SET state = 'complete'",
                "UPDATE uploads SET missing = 3",
                "UPDATE uploads SET digest = x'00'", "UPDATE trees SET digest = x'00'",
                "UPDATE tokens SET hash = x'00'",
                "INSERT INTO tree_contents (lineage, since, hash, executable, files) VALUES (1, 0, x'00', 0, 1)",
                "INSERT INTO tree_contents (lineage, since, hash, executable, until, files) VALUES (1, 1, zeroblob(32), 0, 1, 1)",
                "INSERT INTO tree_contents (lineage, since, hash, executable, files) VALUES (1, 0, zeroblob(32), 2, 1)",
                "DELETE FROM trees", "DELETE FROM users",
                "DELETE FROM dataset_versions", "UPDATE job_inputs SET version = NULL",
                "UPDATE job_inputs SET source_job = 1",
                "UPDATE job_inputs SET mount = ''", "UPDATE job_inputs SET mount = '..'",
                "UPDATE job_inputs SET mount = 'a/b'",
                "UPDATE users SET role = 'king'", "UPDATE users SET name = 'alice'",
                "UPDATE users SET host_uid_offset = 0",
                "INSERT INTO job_inputs VALUES (1, 1, 'd', 0, 1, NULL)",
            ] {
                #expect(try await refuses(sql, fixture), "\(sql)")
            }
        }
    }
}
