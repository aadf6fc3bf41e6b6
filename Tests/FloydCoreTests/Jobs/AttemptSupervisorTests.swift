import FloydAPI
import FloydExecutor
import FloydModel
import FloydRun
import FloydStore
import Foundation
import ServiceLifecycle
import Testing

@testable import FloydCore

@Suite struct AttemptSupervisorTests {
    /// What becomes of the job when the supervisor looks at it.
    private func reviewed(_ job: JobRecord, _ world: World, _ evidence: RunEvidence? = nil) async throws -> JobRecord {
        let run = world.run(of: job)
        if let evidence { world.executor.set { $0.evidence[run] = evidence } }
        try await world.supervisor().review(job)
        return try await world.job(job.id)
    }

    @Test(.timeLimit(.minutes(1))) func endsWhenTheProcessIsToEnd() async throws {
        try await World.with { world in
            let group = ServiceGroup(services: [try world.supervisor()], logger: world.quiet)
            async let end: Void = group.run()
            // It wakes the dispatcher when it has looked at all jobs once.
            for await _ in world.mover.wake.wakes { break }
            await group.triggerGracefulShutdown()
            try await end
        }
    }

    @Test func aWorkerWhoseCommandStartedIsRunning() async throws {
        try await World.with { world in
            let job = try await reviewed(world.claimed(), world, .worker(alive: true, started: true))
            #expect(job.state == .running)
            #expect(job.started == Date(timeIntervalSince1970: 1_800_000_000))
        }
    }

    @Test func aWorkerThatPreparesIsLeftAlone() async throws {
        try await World.with { world in
            let job = try await reviewed(world.claimed(), world, .worker(alive: true))
            #expect(job.state == .starting)
            #expect(world.executor.seen.fenced.isEmpty)
        }
    }

    @Test(arguments: [JobState.starting, .running, .stopping])
    func theExitRecordSettlesIt(state: JobState) async throws {
        try await World.with { world in
            var job = try await state == .starting ? world.claimed() : world.running()
            if state == .stopping { job = try await world.moved(job, .running, .stop) }
            let exit = ExitRecord.ended(.failed, .signalled(11))
            let settled = try await reviewed(job, world, .worker(alive: false, started: true, exit: exit))
            #expect(settled.state == .finished)
            #expect(settled.outcome == .failed)
            #expect(settled.exitCode == 139)
            #expect(settled.signal == 11)
            #expect(settled.finished == Date(timeIntervalSince1970: 1_800_000_005))
        }
    }

    @Test func theRecordWinsOverAStop() async throws {
        try await World.with { world in
            let job = try await world.moved(world.running(), .running, .stop)
            let settled = try await reviewed(job, world, .worker(alive: false, exit: .ended(.success)))
            #expect(settled.outcome == .success)
        }
    }

    @Test func whatWasNeverLaunchedGoesBackIntoTheQueue() async throws {
        try await World.with { world in
            let job = try await world.claimed()
            let run = world.run(of: job)
            try FileManager.default.createDirectory(atPath: "\(run.home)/sub", withIntermediateDirectories: true)
            let settled = try await reviewed(job, world, .directoryAlone)
            #expect(settled.state == .queued)
            #expect(settled.attempt == 1)
            #expect(world.executor.seen.fenced == [run])
            #expect(!FileManager.default.fileExists(atPath: run.home))
            #expect(FileManager.default.fileExists(atPath: run.path))
        }
    }

    @Test func aLaunchUnderWayIsNotFenced() async throws {
        try await World.with { world in
            let job = try await world.claimed()
            world.launches.begin(AttemptID(job))
            #expect(try await reviewed(job, world).state == .starting)
            world.launches.end(AttemptID(job))
            #expect(try await reviewed(job, world).state == .starting)
            world.clock.advance(by: LaunchesUnderWay.patience)
            #expect(try await reviewed(job, world).state == .queued)
        }
    }

    @Test func aWorkerThatHoldsTheLockIsWaitedFor() async throws {
        try await World.with { world in
            let job = try await world.claimed()
            let run = world.run(of: job)
            world.executor.set { $0.held = [run] }
            #expect(try await reviewed(job, world, .directoryAlone).state == .starting)
        }
    }

    @Test func workersThatNeverComeUpEndTheJob() async throws {
        try await World.with { world in
            var job = try await world.submit()
            for attempt in 1...AttemptSupervisor.maximumUnlaunched {
                job = try await reviewed(world.moved(job, .queued, .claim), world, .directoryAlone)
                #expect(job.state == .queued)
                #expect(job.attempt == attempt)
            }
            job = try await reviewed(world.moved(job, .queued, .claim), world, .directoryAlone)
            #expect(job.state == .finished)
            #expect(job.outcome == .failed)
            #expect(job.reason == "its worker never started, 6 times")
        }
    }

    @Test(arguments: [true, false]) func aWorkerThatVanishedIsLost(wasSeen: Bool) async throws {
        try await World.with { world in
            let job = try await wasSeen ? world.running() : world.claimed()
            let settled = try await reviewed(job, world, .worker(alive: false, started: wasSeen))
            #expect(settled.outcome == .lost)
            #expect(settled.reason == "its worker vanished without a record: it was killed")
        }
    }

    @Test func aRunDirectoryThatVanishedIsLost() async throws {
        try await World.with { world in
            let job = try await reviewed(world.running(), world)
            #expect(job.outcome == .lost)
        }
    }

    @Test func aStopThatGotLostIsPassedOnAgain() async throws {
        try await World.with { world in
            let job = try await world.moved(world.running(), .running, .stop)
            let settled = try await reviewed(job, world, .worker(alive: true, started: true))
            #expect(settled.state == .stopping)
            #expect(world.executor.seen.stopped == [world.run(of: job)])
        }
    }

    @Test func whatWasStoppedAndIsGoneIsNotQueuedAgain() async throws {
        try await World.with { world in
            let gone = try await world.moved(world.running(), .running, .stop)
            #expect(try await reviewed(gone, world, .worker(alive: false)).outcome == .shutdown)
            let unlaunched = try await world.moved(world.claimed("y"), .starting, .stop)
            let settled = try await reviewed(unlaunched, world, .directoryAlone)
            #expect(settled.outcome == .shutdown)
            #expect(world.executor.seen.fenced == [world.run(of: unlaunched)])
        }
    }

    @Test func whatMakesNoSenseIsMovedAside() async throws {
        try await World.with { world in
            let job = try await world.running()
            let run = world.run(of: job)
            try FileManager.default.createDirectory(atPath: run.path, withIntermediateDirectories: true)
            try "precious".write(toFile: run.log, atomically: true, encoding: .utf8)
            var evidence = RunEvidence.directoryAlone
            evidence.unreadable = ["worker.json: it is no JSON"]
            let settled = try await reviewed(job, world, evidence)
            #expect(settled.outcome == .lost)
            #expect(settled.reason == "its records can't be read: worker.json: it is no JSON")
            #expect(try String(contentsOfFile: "\(run.path).unreadable/log", encoding: .utf8) == "precious")
        }
    }

    @Test func nothingIsOverWhileSomethingOfTheJobLives() async throws {
        try await World.with { world in
            let job = try await world.running()
            let run = world.run(of: job)
            var evidence = RunEvidence.worker(alive: false, started: true)
            evidence.remains = true
            world.executor.set { $0.undying = [run] }
            #expect(try await reviewed(job, world, evidence).state == .running)
            #expect(world.executor.seen.ended == [run])
            // Once it is ended, the job is settled at the same look.
            world.executor.set { $0.undying = [] }
            #expect(try await reviewed(job, world).outcome == .lost)
        }
    }

    @Test func aRestartOfTheMachineIsSaid() async throws {
        try await World.with { world in
            var evidence = RunEvidence.worker(alive: false, started: true)
            evidence.isOfEarlierBoot = true
            let job = try await reviewed(world.running(), world, evidence)
            #expect(job.outcome == .lost && job.reason == "the machine was restarted while it ran")
        }
    }

    @Test func whatFailsOrIsLostIsTriedAgain() async throws {
        try await World.with { world in
            let job = try await world.moved(world.submit(retries: 2), .queued, .claim)
            let failed = try await reviewed(job, world, .worker(alive: false, exit: .ended(.failed, .exited(code: 1))))
            #expect(failed.state == .queued && failed.retriesUsed == 1)
            let again = try await world.moved(failed, .queued, .claim)
            let lost = try await reviewed(again, world, .worker(alive: false))
            #expect(lost.state == .queued && lost.retriesUsed == 2)
            let last = try await reviewed(world.moved(lost, .queued, .claim), world, .worker(alive: false))
            #expect(last.outcome == .lost)
            let attempts = try await world.view.response(last, from: world.store).attempts
            #expect(attempts.map(\.outcome) == [.failed, .lost, .lost])
            #expect(attempts.map(\.exitCode) == [1, nil, nil])
        }
    }

    @Test func aCrashAfterMovingADirectoryAsideRunsNothingTwice() async throws {
        try await World.with { world in
            let job = try await world.claimed()
            try FileManager.default.createDirectory(
                atPath: AttemptFolder.aside(world.run(of: job)),
                withIntermediateDirectories: true
            )
            #expect(try await reviewed(job, world).outcome == .lost)
        }
    }

    @Test func whatAnEarlierAttemptLeftInTheOutputStays() async throws {
        try await World.with { world in
            let job = try await world.claimed()
            let run = world.run(of: job)
            try FileManager.default.createDirectory(atPath: run.output, withIntermediateDirectories: true)
            try "checkpoint".write(toFile: "\(run.output)/c", atomically: true, encoding: .utf8)
            #expect(try await reviewed(job, world, .directoryAlone).state == .queued)
            #expect(FileManager.default.fileExists(atPath: "\(run.output)/c"))
        }
    }

    @Test func newsOfAnEarlierAttemptChangesNothing() async throws {
        try await World.with { world in
            let first = try await world.claimed()
            let again = try await world.moved(reviewed(first, world, .directoryAlone), .queued, .claim)
            #expect(again.attempt == 2)
            let settled = try await reviewed(first, world, .worker(alive: false, exit: .ended(.failed)))
            #expect(settled == again)
        }
    }

    @Test func whatCanNotBeReadIsSeenAgain() async throws {
        try await World.with { world in
            let job = try await world.running()
            world.executor.set { $0.evidenceError = FloydError(.internalError, "the disk failed") }
            #expect(try await reviewed(job, world).state == .running)
            world.executor.set { $0.evidenceError = nil }
            #expect(try await reviewed(job, world, .worker(alive: false, exit: .ended(.success))).outcome == .success)
        }
    }

    @Test func theTemporaryFilesGoWithTheAttempt() async throws {
        try await World.with { world in
            let job = try await world.running()
            let run = world.run(of: job)
            for path in [run.temporary, run.output] {
                try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            }
            _ = try await reviewed(job, world, .worker(alive: false, exit: .ended(.success)))
            #expect(!FileManager.default.fileExists(atPath: run.temporary))
            #expect(FileManager.default.fileExists(atPath: run.output))
        }
    }

    @Test func looksAtAllActiveJobs() async throws {
        try await World.with { world in
            let jobs = [try await world.claimed("a"), try await world.claimed("b"), try await world.submit("c")]
            for job in jobs {
                let run = world.run(of: job)
                world.executor.set { $0.evidence[run] = .worker(alive: false, exit: .ended(.success)) }
            }
            let seen = Lock<[ObjectID]>([])
            try await world.supervisor().reviewAll { seen.value.append($0.id) }
            #expect(seen.value == [jobs[0].id, jobs[1].id])
            #expect(try await world.job(jobs[1].id).outcome == .success)
            #expect(try await world.job(jobs[2].id).state == .queued)
        }
    }
}
