import FloydAPI
import FloydModel
import FloydStore
import Foundation
import Testing

@testable import FloydCore

@Suite struct RestartTests {
    private func finished(_ world: World, _ job: JobRecord) async throws -> JobRecord {
        try await world.stopper.stop(job, by: world.alice)
    }

    private func reference(_ job: JobRecord) -> Reference { Reference(.id(job.id)) }

    @Test func aPlanTakesWhatIsGivenAndElseWhatWas() async throws {
        try await World.with { world in
            let project = try Name("models")
            let other = try await finished(world, world.submit())
            _ = try await world.data.createDataset(.init(name: project), as: world.bob)
            let upload = try await world.upload([.file("n.txt", "1")], as: world.bob)
            let dataset = try await world.data.addVersion(
                to: Reference(.name(owner: nil, name: project, number: nil)),
                .init(upload: upload),
                as: world.bob
            )
            let version = try #require(try await world.store.versions.get(dataset.id))
            _ = try await world.store.resources.setPublic(true, .datasets, version.dataset)
            var job = try await world.submit(
                command: "python a.py",
                data: [.init(source: "bob/models"), .init(source: "\(other.id)/output", mount: "m")],
                retries: 2
            )
            job.message = "first"
            job.maxRuntime = 600
            let code = ObjectID()
            let same = SubmitJobRequest(
                project: try Name("x"),
                code: code,
                command: "python a.py",
                environment: "python",
                instanceType: "cpu",
                data: [
                    .init(source: "bob/datasets/models/1"),
                    .init(source: "alice/projects/x/1/output", mount: "m"),
                ],
                message: "first",
                maxRuntime: 600,
                retries: 2
            )
            typealias Change = (inout RestartJobRequest, inout SubmitJobRequest) -> Void
            let changes: [Change] = [
                { _, _ in },
                {
                    $0.command = "b"; $1.command = "b"
                },
                {
                    $0.environment = "future"; $1.environment = "future"
                },
                {
                    $0.instanceType = "gpu"; $1.instanceType = "gpu"
                },
                {
                    $0.data = []; $1.data = []
                },
                {
                    $0.data = [.init(source: "y")]; $1.data = [.init(source: "y")]
                },
                {
                    $0.message = ""; $1.message = ""
                },
                {
                    $0.maxRuntime = 5; $1.maxRuntime = 5
                },
                {
                    $0.retries = 0; $1.retries = 0
                },
                {
                    $0.project = project; $1.project = project
                },
            ]
            for change in changes {
                var (given, expected) = (RestartJobRequest(), same)
                change(&given, &expected)
                #expect(RestartPlan(job: job, changes: given).request(code: code, longest: nil) == expected)
            }
            // A limit that was the instance type's is no wish; one that is given is, and may be refused.
            for (had, given, longest, expected) in [
                (600, nil, 60, 60), (600, nil, 6_000, 600), (600, 700, 60, 700), (nil, nil, 60, nil),
            ] as [(Int?, Int?, Int?, Int?)] {
                job.maxRuntime = had
                let plan = RestartPlan(job: job, changes: RestartJobRequest(maxRuntime: given))
                #expect(plan.request(code: code, longest: longest).maxRuntime == expected)
            }
        }
    }

    @Test func aNewJobHasTheSameCodeWithoutSendingIt() async throws {
        try await World.with { world in
            let jobs = try world.jobs()
            let job = try await finished(world, world.submit(command: "python a.py"))
            let again = try await jobs.restart(reference(job), .init(message: "again"), once: nil, as: world.alice)
            #expect(again.name == "alice/projects/x/2" && again.state == .queued && again.message == "again")
            #expect(again.command == "python a.py")
            #expect(try await world.job(again.id).code == job.code)
            // The latest of a project may be meant: that one waits.
            let error = try await failure {
                _ = try await jobs.restart(Reference(parsing: "x"), .init(), once: nil, as: world.alice)
            }
            #expect(error?.code == .conflict && error?.message == "alice/projects/x/2 has not ended yet")
            let unknown = RestartJobRequest(environment: "none")
            #expect(
                try await code { _ = try await jobs.restart(reference(job), unknown, once: nil, as: world.alice) }
                    == .environmentNotFound
            )
        }
    }

    @Test func anothersPublicJobBecomesOnesOwn() async throws {
        try await World.with { world in
            let jobs = try world.jobs()
            let job = try await finished(world, world.submit())
            let reference = reference(job)
            #expect(
                try await code { _ = try await jobs.restart(reference, .init(), once: nil, as: world.bob) }
                    == .jobNotFound
            )
            _ = try await world.store.resources.setPublic(true, .projects, job.project)
            let again = try await jobs.restart(reference, .init(), once: nil, as: world.bob)
            #expect(again.name == "bob/projects/x/1")
            let record = try await world.job(again.id)
            #expect(record.owner == world.bob.id && record.codeDigest == job.codeDigest && record.code != job.code)
            let tree = try #require(try await world.store.trees.get(record.code))
            #expect(tree.owner == world.bob.id)
            // It outlives the one that it was made of.
            try await jobs.delete(job: reference, as: world.alice)
            let archive = TreeService(store: world.store, blobs: world.blobs, pool: world.pool)
            #expect(try await archive.tree(.code(job: .init(.id(again.id))), as: world.bob).files == 1)
        }
    }

    @Test func othersCodeIsWithinOnesOwnQuota() async throws {
        try await World.with { world in
            let job = try await finished(world, world.submit())
            let tree = try #require(try await world.store.trees.get(job.code))
            for (quota, code) in [(tree.bytes - 1, FloydError.Code.outOfSpace), (tree.bytes, nil)] {
                var settings = ServerConfiguration.StorageSettings()
                settings.quotas = [world.bob.name: quota]
                let storage = StorageGuard(store: world.store, blobs: world.blobs, settings: settings)
                let error = try await failure {
                    _ = try await world.trees(storage).adopt(tree, for: world.bob.id)
                }
                #expect(error?.code == code)
            }
            #expect(try await world.store.usage.bytes(of: world.bob.id) == tree.bytes)
        }
    }

    @Test func aRepeatedRestartIsOne() async throws {
        try await World.with { world in
            let jobs = try world.jobs()
            let job = try await finished(world, world.submit())
            let key = RequestKey("once") { [UInt8](repeating: 1, count: 32) }
            let first = try await jobs.restart(reference(job), .init(), once: key, as: world.alice)
            #expect(try await jobs.restart(reference(job), .init(), once: key, as: world.alice).id == first.id)
            // Also when the job that it was made of is gone.
            try await jobs.delete(job: reference(job), as: world.alice)
            #expect(try await jobs.restart(reference(job), .init(), once: key, as: world.alice).id == first.id)
            #expect(try await world.store.jobs.list(JobFilter(), limit: 9).count == 1)
        }
    }

    @Test func dataThatAreGoneAreNamed() async throws {
        try await World.with { world in
            let jobs = try world.jobs()
            let source = try await finished(world, world.submit())
            let mount = SubmitJobRequest.DataMount(source: "\(source.id)/output", mount: "m")
            let job = try await finished(world, world.submit(data: [mount]))
            let again = try await jobs.restart(reference(job), .init(), once: nil, as: world.alice)
            #expect(again.data.map(\.source) == ["alice/projects/x/1/output"] && again.data.map(\.path) == ["/m"])
            _ = try await finished(world, world.job(again.id))
            try await jobs.delete(job: reference(source), as: world.alice)
            let error = try await failure {
                _ = try await jobs.restart(reference(job), .init(), once: nil, as: world.alice)
            }
            #expect(error?.code == .jobNotFound && error?.message.contains("alice/projects/x/1") == true)
            let without = try await jobs.restart(reference(job), .init(data: []), once: nil, as: world.alice)
            #expect(without.data.isEmpty)
        }
    }
}
