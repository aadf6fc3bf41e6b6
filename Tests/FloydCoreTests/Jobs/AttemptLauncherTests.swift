import FloydAPI
import FloydExecutor
import FloydModel
import FloydOS
import FloydRun
import FloydStore
import Foundation
import Testing

@testable import FloydCore

@Suite struct AttemptLauncherTests {
    private func launch(_ job: JobRecord, _ world: World) async throws -> JobRecord {
        let watcher = try RunWatcher { _ in }
        let launcher = try world.launcher(watcher: watcher)
        await launcher.launch(job)
        return try await world.job(job.id)
    }

    private func spec(of run: RunDirectory) throws -> RunSpec {
        try RunSpec(decoding: Array(Data(contentsOf: URL(filePath: run.spec))))
    }

    @Test func preparesTheRunDirectoryAndLaunches() async throws {
        try await World.with { world in
            let dataset = try await world.data.createDataset(Name("numbers"), as: world.alice)
            let upload = try await world.upload([.file("n.txt", "1\n2\n")], as: world.alice)
            _ = try await world.data.addVersion(
                to: Reference(.name(owner: nil, name: Name("numbers"), number: nil)),
                .init(upload: upload),
                as: world.alice
            )
            #expect(dataset.name == "alice/datasets/numbers")
            let queued = try await world.submit(data: [.init(source: "numbers")])
            let facts = MoveFacts(at: Date(), gpus: [1])
            let job = try #require(try await world.mover.move(queued, from: [.queued], on: .claim, facts))
            #expect(try await launch(job, world).state == .starting)
            let run = world.run(of: job)
            #expect(world.executor.seen.launched == [run])
            #expect(try String(contentsOfFile: "\(run.home)/main.py", encoding: .utf8) == "print(1)\n")
            for path in [run.output, run.temporary] { #expect(try FileStatus.of(path)?.kind == .folder) }
            #expect(try FileStatus.of(run.path)?.mode == 0o700)
            let spec = try spec(of: run)
            #expect(spec.jobID == job.id.string)
            #expect(spec.command == "python main.py")
            #expect(spec.attempt == 1)
            #expect(spec.inputs.map(\.names) == [["numbers"]])
            #expect(spec.inputs.map(\.isInput) == [true])
            let input = try #require(spec.inputs.first)
            #expect(try String(contentsOfFile: "\(input.path)/n.txt", encoding: .utf8) == "1\n2\n")
            #expect(spec.variables.contains(RunSpec.Variable("CUDA_VISIBLE_DEVICES", "GPU-b")))
            #expect(spec.devices.first == "/dev/nvidia1")
            #expect(spec.gracePeriod == 10)
            #expect(spec.limits == RunSpec.Limits(processes: 4096, openFiles: 65_536))
            #expect(spec.cgroups == World.cgroups)
            #expect(spec.cpuWeight == 200)
            #expect(spec.maximumRuntime == nil)
            #expect(spec.logLimit == 7 << 20)
            #expect(spec.preparation?.title == "python")
            #expect(world.launches.contains(AttemptID(job)))
        }
    }

    @Test func whatCanNotBeStartedFailsAndSaysWhy() async throws {
        try await World.with { world in
            world.executor.set { $0.launchError = FloydError(.internalError, "there is no worker") }
            let claimed = try await world.claimed()
            let job = try await launch(claimed, world)
            #expect(job.state == .finished)
            #expect(job.outcome == .failed)
            #expect(job.reason == "could not be started: there is no worker")
            #expect(!FileManager.default.fileExists(atPath: world.run(of: claimed).home))
        }
    }

    @Test func aJobStoppedBeforeItsWorkerIsNotLaunched() async throws {
        try await World.with { world in
            let claimed = try await world.claimed()
            _ = try await world.stopper.stop(claimed, by: world.alice)
            let job = try await launch(claimed, world)
            #expect(world.executor.seen.launched.isEmpty)
            #expect(job.state == .finished)
            #expect(job.outcome == .shutdown)
            #expect(job.reason == "stopped by alice")
        }
    }

    @Test func anAttemptThatIsNoLongerThePresentOneIsNotLaunched() async throws {
        try await World.with { world in
            let first = try await world.claimed()
            let second = try await world.moved(world.moved(first, .starting, .neverLaunched), .queued, .claim)
            #expect(try await launch(first, world) == second)
            #expect(world.executor.seen.launched.isEmpty)
        }
    }

    @Test func theOutputIsCarriedOver() async throws {
        try await World.with { world in
            let first = try await world.moved(world.submit(retries: 1), .queued, .claim)
            _ = try await launch(first, world)
            let earlier = world.run(of: first)
            try "checkpoint".write(toFile: "\(earlier.output)/c", atomically: true, encoding: .utf8)
            try "scratch".write(toFile: "\(earlier.home)/s", atomically: true, encoding: .utf8)
            // One attempt comes to nothing in between, before or after it took the output over.
            var job = try await world.moved(first, .starting, .exitRecord(.failed))
            for takesOver in [false, true] {
                job = try await world.moved(job, .queued, .claim)
                let between = AttemptFolder(world.run(of: job))
                if takesOver {
                    try between.takeOutput(of: Array(world.folder.runs(of: job).dropFirst()))
                    try between.prepare(for: nil, isPassable: false)
                    try between.clear()
                }
                job = try await world.moved(job, .starting, .neverLaunched)
            }
            let content = try await world.outputs.list(Reference(.id(job.id)), as: world.alice)
            #expect(content.files.map(\.path) == ["c"])
            job = try await world.moved(job, .queued, .claim)
            #expect(try await launch(job, world).state == .starting)
            let run = world.run(of: job)
            #expect(try String(contentsOfFile: "\(run.output)/c", encoding: .utf8) == "checkpoint")
            #expect(!FileManager.default.fileExists(atPath: "\(run.home)/s"))
            #expect(try spec(of: run).variables.contains(RunSpec.Variable("FLOYD_ATTEMPT", "4")))
            let outputs = world.folder.runs(of: job).map { FileManager.default.fileExists(atPath: $0.output) }
            #expect(outputs == [true, false, false, false])
        }
    }

    @Test func aFullDiskIsNoFailureOfTheJobs() async throws {
        try await World.with { world in
            world.executor.set { $0.launchError = FloydError(.outOfSpace, "the disk is full") }
            var job = try await world.submit()
            for _ in 1...AttemptSupervisor.maximumUnlaunched {
                job = try await launch(world.moved(job, .queued, .claim), world)
                #expect(job.state == .queued && job.reason == "could not be started: the disk is full")
            }
            job = try await launch(world.moved(job, .queued, .claim), world)
            #expect(job.outcome == .failed)
        }
    }

    @Test func aDirectoryThatAnEarlierAttemptLeftIsNotUsedAgain() async throws {
        try await World.with { world in
            let claimed = try await world.claimed()
            let run = world.run(of: claimed)
            try FileManager.default.createDirectory(atPath: run.path, withIntermediateDirectories: true)
            try "other".write(toFile: run.spec, atomically: true, encoding: .utf8)
            #expect(try await launch(claimed, world).outcome == .failed)
            #expect(try String(contentsOfFile: run.spec, encoding: .utf8) == "other")
        }
    }
}

@Suite(.enabled(if: geteuid() == 0)) struct AttemptFolderTests {
    private let identity = UserIdentity(uid: 1_700_000_001, gid: 1_700_000_001)

    @Test(arguments: [true, false]) func belongsToTheJobsUserAndLetsNobodyElseIn(isPassable: Bool) async throws {
        try await Scratch.with { root in
            let run = RunDirectory(in: root, jobID: ObjectID().string, attempt: 1)
            try AttemptFolder(run).prepare(for: identity, isPassable: isPassable)
            let folder = try #require(try FileStatus.of(run.path))
            #expect(folder.uid == 0)
            #expect(folder.mode == (isPassable ? 0o710 : 0o700))
            #expect(folder.gid == (isPassable ? identity.gid : getegid()))
            for path in [run.output, run.temporary] {
                #expect(try FileStatus.of(path)?.uid == identity.uid)
            }
        }
    }
}
