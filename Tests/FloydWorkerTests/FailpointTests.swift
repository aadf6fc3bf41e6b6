import FloydOS
import FloydRun
import Glibc
import Testing

/// What a worker that is killed at each place where that would hurt leaves behind.
@Suite struct FailpointTests {
    struct Place: Sendable, CustomTestStringConvertible {
        var point: Failpoint
        /// What is there: `worker.json`, `started.json`, `exit.json`.
        var worker: Bool
        var started: Bool
        var exit: Bool

        var testDescription: String { point.rawValue }
    }

    static let places = [
        Place(point: .workerLocked, worker: false, started: false, exit: false),
        Place(point: .workerIntroduced, worker: true, started: false, exit: false),
        Place(point: .workerEntered, worker: true, started: false, exit: false),
        Place(point: .workerStarted, worker: true, started: true, exit: false),
        Place(point: .workerLogSynced, worker: true, started: true, exit: false),
        Place(point: .workerRecordWritten, worker: true, started: true, exit: false),
        Place(point: .workerRecorded, worker: true, started: true, exit: true),
    ]

    @Test(arguments: places, Setup.possible)
    func killedWorkerLeavesNothingRunningAndNothingHalf(place: Place, setup: Setup) throws {
        let mark = uniqueSeconds()
        let fixture = try WorkerFixture("echo one; (sleep \(mark) & ) ; echo two", setup)
        let worker = try fixture.start(environment: ["\(Failpoint.variable)=\(place.point.rawValue)"])
        #expect(fixture.wait(for: worker) == .signalled(SIGKILL))
        #expect(try (FileStatus.of(fixture.run.worker) != nil) == place.worker)
        #expect(try (FileStatus.of(fixture.run.started) != nil) == place.started)
        #expect(try (FileStatus.of(fixture.run.exit) != nil) == place.exit)
        #expect(try eventually { try processes(marked: mark).isEmpty })
        if place.worker {
            let bytes = try #require(try DurableFile.read(fixture.run.worker))
            #expect(try WorkerRecord(decoding: bytes).process.pid == worker)
        }
        if place.exit {
            #expect(try fixture.exit().outcome == .success)
            #expect(try fixture.text() == "one\ntwo\n")
        }
        // An attempt that may have run is never run again; one that can't have is.
        let next = try fixture.start(writingSpec: false)
        #expect(fixture.wait(for: next) == .exited(code: place.worker ? 77 : 0))
    }

    @Test(arguments: Setup.possible)
    func jobNeverSeesTheVariable(setup: Setup) throws {
        let fixture = try WorkerFixture("env; cat /proc/1/environ 2>/dev/null | tr '\\0' '\\n'", setup)
        let worker = try fixture.start(environment: ["\(Failpoint.variable)=launch.claimed", "PATH=/bin"])
        #expect(fixture.wait(for: worker) == .exited(code: 0))
        #expect(try fixture.text().contains("FLOYD_JOB_ID"))
        #expect(try !fixture.text().contains(Failpoint.variable))
    }
}
