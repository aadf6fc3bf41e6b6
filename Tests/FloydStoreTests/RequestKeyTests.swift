import FloydModel
import FoundationEssentials
import Testing

@testable import FloydStore

@Suite struct RequestKeyTests {
    private func once(
        _ user: UserRecord,
        _ key: String = "k",
        _ fingerprint: Int = 1,
        at now: Date = StoreFixture.now
    ) -> KeyedWrite<JobRecord> {
        let request = KeyedRequest(account: user.id, key: key, now: now) { StoreFixture.digest(fingerprint) }
        return KeyedWrite(request) { Data($0.id.string.utf8) }
    }

    private func answer(_ body: () async throws -> JobRecord) async throws -> String {
        do {
            return try await body().id.string
        } catch let before as AnsweredBefore {
            return "before \(String(decoding: before.answer, as: UTF8.self))"
        }
    }

    @Test func aRepeatedRequestMakesOneJob() async throws {
        try await StoreFixture.with { fixture in
            let job = try await fixture.newJob(fixture.alice)
            let first = try await answer { try await fixture.store.jobs.submit(job, once: once(fixture.alice)) }
            let again = try await fixture.newJob(fixture.alice)
            let second = try await answer { try await fixture.store.jobs.submit(again, once: once(fixture.alice)) }
            #expect(second == "before \(first)")
            #expect(try await fixture.integer("SELECT count(*) FROM jobs") == 1)
            #expect(try await fixture.integer("SELECT next_number FROM projects") == 2)
        }
    }

    @Test func manyAtOnceMakeOneJob() async throws {
        try await StoreFixture.with { fixture in
            let jobs = try await (0..<20).asyncMap { _ in try await fixture.newJob(fixture.alice) }
            let answers = try await withThrowingTaskGroup(of: String.self) { group in
                for job in jobs {
                    group.addTask {
                        try await answer { try await fixture.store.jobs.submit(job, once: once(fixture.alice)) }
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(answers.count { !$0.hasPrefix("before") } == 1)
            #expect(Set(answers.map { $0.replacing("before ", with: "") }).count == 1)
            #expect(try await fixture.integer("SELECT count(*) FROM jobs") == 1)
        }
    }

    @Test func aKeyIsItsAccountsAndItsRequests() async throws {
        try await StoreFixture.with { fixture in
            let jobs = fixture.store.jobs
            _ = try await jobs.submit(fixture.newJob(fixture.alice), once: once(fixture.alice))
            _ = try await jobs.submit(fixture.newJob(fixture.bob), once: once(fixture.bob))
            _ = try await jobs.submit(fixture.newJob(fixture.alice), once: once(fixture.alice, "other"))
            let reused = try await code {
                _ = try await jobs.submit(fixture.newJob(fixture.alice), once: once(fixture.alice, "k", 2))
            }
            #expect(reused == .idempotencyKeyReused)
            #expect(try await fixture.integer("SELECT count(*) FROM jobs") == 3)
        }
    }

    @Test func whatFailedLeavesNoKey() async throws {
        try await StoreFixture.with { fixture in
            var job = try await fixture.newJob(fixture.alice)
            job.code = ObjectID()
            let broken = job
            #expect(
                try await code { _ = try await fixture.store.jobs.submit(broken, once: once(fixture.alice)) }
                    == .notFound
            )
            _ = try await fixture.store.jobs.submit(fixture.newJob(fixture.alice), once: once(fixture.alice))
        }
    }

    @Test func aKeyIsKnownForADay() async throws {
        try await StoreFixture.with { fixture in
            let keys = fixture.store.requestKeys
            let (almost, over) = (StoreFixture.now + 86_399, StoreFixture.now + 86_400)
            _ = try await fixture.store.jobs.submit(fixture.newJob(fixture.alice), once: once(fixture.alice))
            #expect(try await keys.expired(at: almost) == 0)
            let soon = try await answer {
                try await fixture.store.jobs.submit(
                    fixture.newJob(fixture.alice),
                    once: once(fixture.alice, at: almost)
                )
            }
            #expect(soon.hasPrefix("before"))
            #expect(try await keys.expired(at: over) == 1)
            // Another request by then, in the place of the first.
            let late = try await answer {
                try await fixture.store.jobs.submit(
                    fixture.newJob(fixture.alice),
                    once: once(fixture.alice, "k", 2, at: over)
                )
            }
            #expect(!late.hasPrefix("before"))
            #expect(try await fixture.integer("SELECT count(*) FROM request_keys") == 1)
            #expect(try await keys.deleteExpired(at: over + 86_400, limit: 10) == 1)
            #expect(try await fixture.integer("SELECT count(*) FROM request_keys") == 0)
        }
    }

    @Test func aKeyIsKnownBeforeItsContentIs() async throws {
        try await StoreFixture.with { fixture in
            let keys = fixture.store.requestKeys
            func request(_ key: String, _ user: UserRecord, at now: Date = StoreFixture.now) -> KeyedRequest {
                KeyedRequest(account: user.id, key: key, now: now) {
                    Issue.record("nothing was read yet")
                    return StoreFixture.digest(1)
                }
            }
            #expect(try await !keys.isKnown(request("k", fixture.alice)))
            let write = once(fixture.alice)
            try await keys.check(write.request)
            _ = try await fixture.store.jobs.submit(fixture.newJob(fixture.alice), once: write)
            #expect(try await keys.isKnown(request("k", fixture.alice)))
            #expect(try await !keys.isKnown(request("other", fixture.alice)))
            #expect(try await !keys.isKnown(request("k", fixture.bob)))
            #expect(try await !keys.isKnown(request("k", fixture.alice, at: StoreFixture.now + 86_400)))
            await #expect(throws: AnsweredBefore.self) { try await keys.check(write.request) }
            let other = once(fixture.alice, "k", 2).request
            #expect(try await code { try await keys.check(other) } == .idempotencyKeyReused)
        }
    }

    @Test func resourcesVersionsAndUploadsAreMadeOnce() async throws {
        try await StoreFixture.with { fixture in
            let store = fixture.store
            let alice = fixture.alice.id
            let tree = try await fixture.tree(1, of: fixture.alice)
            let dataset = try await fixture.dataset("d", of: fixture.alice)
            func request(_ key: String) -> KeyedRequest {
                KeyedRequest(account: alice, key: key, now: StoreFixture.now) { StoreFixture.digest(7) }
            }
            func twice(_ body: () async throws -> Void) async throws {
                try await body()
                await #expect(throws: AnsweredBefore.self) { try await body() }
            }
            try await twice {
                let once = KeyedWrite<DatasetVersionRecord>(request("v")) { _ in Data() }
                _ = try await store.versions.add(
                    to: dataset.id,
                    tree: tree.id,
                    message: nil,
                    at: StoreFixture.now,
                    once: once
                )
            }
            try await twice {
                let once = KeyedWrite<ResourceRecord>(request("p")) { _ in Data() }
                _ = try await store.resources.createOrGet(
                    .projects,
                    Name("p"),
                    owner: alice,
                    at: StoreFixture.now,
                    once: once
                )
            }
            try await twice {
                let upload = NewUpload(
                    owner: alice,
                    digest: nil,
                    files: 0,
                    bytes: 0,
                    length: 5,
                    missing: 0,
                    created: StoreFixture.now,
                    expires: StoreFixture.now + 60
                )
                let once = KeyedWrite<UploadRecord>(request("u")) { _ in Data() }
                _ = try await store.uploads.create(upload, once: once)
            }
            try await twice {
                let once = KeyedWrite<TokenRecord>(request("t")) { _ in Data() }
                let hash = StoreFixture.digest(.random(in: 100...1_000_000))
                _ = try await store.tokens.add(
                    hash: hash,
                    user: alice,
                    label: "ci",
                    created: StoreFixture.now,
                    once: once
                )
            }
            #expect(try await fixture.integer("SELECT count(*) FROM tokens WHERE label = 'ci'") == 1)
            try await twice {
                let once = KeyedWrite<DatasetVersionRecord>(request("a")) { _ in Data() }
                _ = try await store.archives.add(tree, to: Name("e"), message: nil, at: StoreFixture.now, once: once)
            }
            #expect(try await fixture.integer("SELECT count(*) FROM dataset_versions") == 2)
            #expect(try await fixture.integer("SELECT count(*) FROM uploads WHERE length = 5") == 1)
        }
    }
}

extension Sequence {
    fileprivate func asyncMap<Value>(_ make: (Element) async throws -> Value) async rethrows -> [Value] {
        var values: [Value] = []
        for element in self { values.append(try await make(element)) }
        return values
    }
}
