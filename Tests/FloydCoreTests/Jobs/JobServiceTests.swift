import FloydRun
import FloydAPI
import FloydModel
import FloydStore
import Foundation
import Testing

@testable import FloydCore

@Suite struct JobServiceTests {
    private func request(_ world: World, _ change: (inout SubmitJobRequest) throws -> Void = { _ in }) async throws
        -> SubmitJobRequest
    {
        let code = try await world.upload([.file("main.py", "print(1)\n")], as: world.alice)
        var request = SubmitJobRequest(project: try Name("x"), code: code, command: "python main.py")
        try change(&request)
        return request
    }

    private func dataset(_ name: String, _ world: World, of account: Account? = nil) async throws {
        let account = account ?? world.alice
        _ = try await world.data.createDataset(Name(name), as: account)
        let upload = try await world.upload([.file("n.txt", name)], as: account)
        let reference = Reference(.name(owner: nil, name: try Name(name), number: nil))
        _ = try await world.data.addVersion(to: reference, .init(upload: upload), as: account)
    }

    @Test func aJobIsQueuedWithItsDefaults() async throws {
        try await World.with { world in
            try await dataset("numbers", world)
            let job = try await world.jobs().submit(
                request(world) {
                    $0.data = [.init(source: "numbers")]
                    $0.message = "first"
                    $0.maxRuntime = 60
                },
                as: world.alice
            )
            #expect(job.name == "alice/projects/x/1")
            #expect(job.state == .queued)
            #expect(job.environment == "python")
            #expect(job.instanceType == "cpu")
            #expect(job.message == "first")
            #expect(job.maxRuntime == 60)
            #expect(job.data.map(\.path) == ["/input"])
            #expect(job.data.map(\.source) == ["alice/datasets/numbers/1"])
            #expect(try await world.job(job.id).resources == Resources(cpus: 2, memory: 0, gpus: 0))
            #expect(try await world.jobs().submit(request(world), as: world.alice).name == "alice/projects/x/2")
            var wakes = world.mover.wake.wakes.makeAsyncIterator()
            #expect(await wakes.next() != nil)
        }
    }

    @Test func refusalsLeaveNothingBehind() async throws {
        try await World.with { world in
            try await dataset("numbers", world)
            try await dataset("secret", world, of: world.bob)
            let unfinished = try await world.uploads().begin(
                manifest: bytes([TestFile.file("x", "new")].manifest),
                as: world.alice
            )
            let foreign = try await world.upload([.file("y", "bob's")], as: world.bob)
            let good = try await request(world)
            let running = try await world.submit("other")
            let before = try await world.leftovers()
            let cases: [(FloydError.Code, @Sendable (inout SubmitJobRequest) -> Void)] = [
                (.invalidRequest, { $0.command = "  " }),
                (.invalidRequest, { $0.message = "\u{0}" }),
                (.environmentNotFound, { $0.environment = "kears" }),
                (.environmentUnavailable, { $0.environment = "future" }),
                (.instanceTypeNotFound, { $0.instanceType = "tpu" }),
                (.invalidRequest, { $0.maxRuntime = 0 }),
                (.invalidRequest, { $0.maxRuntime = .max }),
                (.notFound, { $0.code = ObjectID() }),
                (.notFound, { $0.code = foreign }),
                (.conflict, { $0.code = unfinished.id }),
                (.datasetNotFound, { $0.data = [.init(source: "absent")] }),
                (.datasetNotFound, { $0.data = [.init(source: "bob/secret")] }),
                (.datasetNotFound, { $0.data = [.init(source: "numbers/7")] }),
                (.jobNotFound, { $0.data = [.init(source: "absent/output")] }),
                (.conflict, { $0.data = [.init(source: "other/1/output")] }),
                (.invalidName, { $0.data = [.init(source: "a b")] }),
                (.invalidRequest, { $0.data = [.init(source: "numbers", mount: "../x")] }),
                (.invalidRequest, { $0.data = [.init(source: "numbers", mount: "usr")] }),
                (
                    .invalidRequest,
                    { $0.data = [.init(source: "numbers", mount: "d"), .init(source: "numbers", mount: "/d")] }
                ),
                (.invalidRequest, { $0.data = Array(repeating: .init(source: "numbers"), count: 65) }),
            ]
            for (expected, change) in cases {
                var request = good
                change(&request)
                let error = try await failure { _ = try await world.jobs().submit(request, as: world.alice) }
                #expect(error?.code == expected, "\(request)")
                #expect(try await world.leftovers() == before)
            }
            #expect(running.state == .queued)
        }
    }

    @Test func whereJobsCanNotBeKeptApartAllAreRefused() async throws {
        try await World.with { world in
            let refusal = FloydError(.isolationUnavailable, "no sandbox", hint: "Install one.")
            let error = try await failure {
                _ = try await world.jobs(refusal: refusal).submit(request(world), as: world.alice)
            }
            #expect(error == refusal)
        }
    }

    @Test func aFinishedJobsOutputIsData() async throws {
        try await World.with { world in
            let first = try await world.moved(world.running(), .running, .exitRecord(.success))
            let job = try await world.jobs().submit(
                request(world) { $0.data = [.init(source: "x/1/output", mount: "model")] },
                as: world.alice
            )
            #expect(job.data.map(\.path) == ["/model"])
            #expect(job.data.map(\.source) == ["alice/projects/x/1/output"])
            #expect(job.data.map(\.id) == [first.id])
        }
    }

    @Test func showsEachTheirOwn() async throws {
        try await World.with { world in
            let job = try await world.submit()
            let jobs = try world.jobs()
            let reference = Reference(.id(job.id))
            #expect(try await jobs.job(reference, as: world.alice).id == job.id)
            #expect(try await jobs.job(reference, as: world.admin).id == job.id)
            #expect(try await code { _ = try await jobs.job(reference, as: world.bob) } == .jobNotFound)
            #expect(try await code { _ = try await jobs.stop(reference, grace: nil, as: world.bob) } == .jobNotFound)
            #expect(try await jobs.jobs(project: nil, page: PageRequest(), as: world.bob).items.isEmpty)
            // In the queue everybody sees that something waits, but not what.
            let queue = try await jobs.queue(as: world.bob)
            #expect(queue.map(\.state) == [.queued])
            #expect(queue.map(\.job) == [nil])
            #expect(try await jobs.queue(as: world.alice).map(\.job?.id) == [job.id])
            #expect(try await jobs.stop(reference, grace: nil, as: world.admin).outcome == .shutdown)
        }
    }

    @Test func whatIsPublicIsSeenButNotStopped() async throws {
        try await World.with { world in
            let job = try await world.submit()
            _ = try await world.store.resources.setPublic(true, .projects, job.project)
            let jobs = try world.jobs()
            #expect(try await jobs.job(Reference(.id(job.id)), as: world.bob).id == job.id)
            #expect(
                try await code { _ = try await jobs.stop(Reference(.id(job.id)), grace: nil, as: world.bob) }
                    == .forbidden
            )
        }
    }

    @Test func listsAProjectsJobs() async throws {
        try await World.with { world in
            for _ in 0..<3 { _ = try await world.submit("a") }
            _ = try await world.submit("b")
            let jobs = try world.jobs()
            let page = try await jobs.jobs(
                project: Reference(parsing: "a"),
                page: PageRequest(limit: 2),
                as: world.alice
            )
            #expect(page.items.map(\.name) == ["alice/projects/a/3", "alice/projects/a/2"])
            let rest = try await jobs.jobs(
                project: Reference(parsing: "a"),
                page: PageRequest(cursor: page.next),
                as: world.alice
            )
            #expect(rest.items.map(\.name) == ["alice/projects/a/1"])
            #expect(rest.next == nil)
            #expect(try await jobs.jobs(project: nil, page: PageRequest(), as: world.alice).items.count == 4)
            let error = try await failure {
                _ = try await jobs.jobs(project: Reference(parsing: "aa"), page: PageRequest(), as: world.alice)
            }
            #expect(error?.code == .notFound)
            #expect(error?.hint == "Did you mean a?")
        }
    }

    @Test func whoMaySeeAProjectListsItsJobsInAnyFormThatNamesIt() async throws {
        try await World.with { world in
            let id = try await world.submit("a").id
            let jobs = try world.jobs()
            let project = try await world.job(id).project
            func listed(_ project: String, as account: Account) async throws -> [ObjectID] {
                let reference = try Reference(parsing: project)
                return try await jobs.jobs(project: reference, page: PageRequest(), as: account).items.map(\.id)
            }
            let admin = Account(id: world.bob.id, name: world.bob.name, role: .admin)
            for form in ["alice/a", "alice/projects/a", project.string] {
                for account in [world.alice, admin] {
                    #expect(try await listed(form, as: account) == [id], "\(form)")
                }
                #expect(try await code { _ = try await listed(form, as: world.bob) } == .notFound, "\(form)")
            }
            // A name alone is one's own project.
            #expect(try await code { _ = try await listed("a", as: admin) } == .notFound)
            _ = try await world.data.updateProject(
                Reference(parsing: "a"),
                UpdateResourceRequest(isPublic: true),
                as: world.alice
            )
            #expect(try await listed("alice/a", as: world.bob) == [id])
            // Without one, it is one's own jobs still.
            #expect(try await jobs.jobs(project: nil, page: PageRequest(), as: world.bob).items.isEmpty)
        }
    }
}

@Suite struct OutputServiceTests {
    @Test func listsAndOpensWhatAJobLeft() async throws {
        try await World.with { world in
            let job = try await world.running()
            let output = world.run(of: job).output
            try FileManager.default.createDirectory(atPath: "\(output)/sub", withIntermediateDirectories: true)
            try "result".write(toFile: "\(output)/sub/r.txt", atomically: false, encoding: .utf8)
            try FileManager.default.createSymbolicLink(atPath: "\(output)/evil", withDestinationPath: "/etc/passwd")
            let reference = Reference(.id(job.id))
            let list = try await world.outputs.list(reference, as: world.alice)
            #expect(list.name == "alice/projects/x/1/output")
            #expect(list.files.contains { $0.path == "sub/r.txt" && $0.size == 6 && $0.type == "file" })
            let file = try await world.outputs.open("sub/r.txt", of: reference, as: world.alice)
            #expect(
                FileHandle(fileDescriptor: file.descriptor, closeOnDealloc: true).readDataToEndOfFile()
                    == Data("result".utf8)
            )
            #expect(file.name == "r.txt")
            for path in ["evil", "../spec", "/etc/passwd", "sub", "absent", "sub/../../log", ""] {
                await #expect(throws: FloydError.self) {
                    try await world.outputs.open(path, of: reference, as: world.alice)
                }
            }
            #expect(try await code { _ = try await world.outputs.list(reference, as: world.bob) } == .jobNotFound)
            #expect(
                try await code { _ = try await world.outputs.open("sub/r.txt", of: reference, as: world.bob) }
                    == .jobNotFound
            )
        }
    }

    @Test func aJobThatHasNotBegunHasLeftNothing() async throws {
        try await World.with { world in
            let job = try await world.submit()
            let reference = Reference(.id(job.id))
            #expect(try await world.outputs.list(reference, as: world.alice).files.isEmpty)
            #expect(
                try await code { _ = try await world.outputs.open("x", of: reference, as: world.alice) } == .notFound
            )
            _ = try await world.moved(job, .queued, .claim)
            #expect(try await world.outputs.list(reference, as: world.alice).files.isEmpty)
        }
    }
}
