import FloydOS
import FloydRun
import Glibc
import Testing

@Suite(.serialized) struct StopTests {
    @Test(.tags(.slow), arguments: Setup.possible)
    func stopEndsWhatIgnoresIt(setup: Setup) throws {
        let mark = uniqueSeconds()
        let fixture = try WorkerFixture(
            """
            trap '' TERM
            setsid bash -c "trap '' TERM; setsid sleep \(mark) & sleep \(mark)" &
            (sleep \(mark) &)
            while [ $(pgrep -fc 'sleep \(mark)$') -lt 3 ]; do sleep 0.02; done
            echo ready; while :; do sleep 1; done
            """,
            setup
        )
        fixture.spec.gracePeriod = 1
        let worker = try fixture.start()
        try fixture.waitFor("ready")
        #expect(try processes(marked: mark).count >= 3)
        let began = BootTimer.now
        kill(worker, SIGTERM)
        #expect(fixture.wait(for: worker) == .exited(code: 0))
        let seconds = Double(BootTimer.now - began) / 1e9
        #expect(seconds >= 1 && seconds < 5)
        #expect(try processes(marked: mark).isEmpty)
        let exit = try fixture.exit()
        #expect(exit.outcome == .shutdown)
        #expect(exit.termination == .signalled(SIGKILL))
        #expect(try fixture.messages.contains { $0.hasPrefix("Stopping: SIGTERM was sent") })
    }

    @Test(arguments: Setup.possible)
    func jobMayEndInOrder(setup: Setup) throws {
        let fixture = try WorkerFixture("trap 'echo bye; exit 4' TERM; sleep 60 & echo ready; wait", setup)
        let worker = try fixture.start()
        try fixture.waitFor("ready")
        kill(worker, SIGTERM)
        fixture.wait(for: worker)
        let exit = try fixture.exit()
        #expect(exit.outcome == .shutdown)
        #expect(exit.termination == .exited(code: 4))
        #expect(try fixture.text() == "ready\nbye\n")
    }

    /// The file says how long, also again and shorter; what is longer counts for nothing.
    @Test(arguments: Setup.possible)
    func stopWithAGraceOfItsOwn(setup: Setup) throws {
        let mark = uniqueSeconds()
        let fixture = try WorkerFixture("trap '' TERM; sleep \(mark) & echo ready; while :; do wait; done", setup)
        fixture.spec.gracePeriod = 60
        let worker = try fixture.start()
        try fixture.waitFor("ready")
        for grace in [50, 3600, nil, 0] {
            try fixture.wish(grace)
            kill(worker, SIGTERM)
            if grace != 0 { #expect(try eventually { try !fixture.messages.isEmpty }) }
        }
        #expect(fixture.wait(for: worker) == .exited(code: 0))
        #expect(try fixture.exit().outcome == .shutdown)
        #expect(try fixture.messages.first == "Stopping: SIGTERM was sent, 50 s remain to end in order")
        #expect(try processes(marked: mark).isEmpty)
    }

    @Test(arguments: Setup.possible)
    func stopWithoutAGraceKillsAtOnce(setup: Setup) throws {
        let fixture = try WorkerFixture("trap 'echo unreached' TERM; echo ready; sleep 60", setup)
        let worker = try fixture.start()
        // The command may have printed it before the worker heard that it had started.
        #expect(try eventually { try FileStatus.of(fixture.run.started) != nil })
        try fixture.waitFor("ready")
        try fixture.wish(0)
        kill(worker, SIGTERM)
        fixture.wait(for: worker)
        let exit = try fixture.exit()
        #expect(exit.outcome == .shutdown)
        #expect(exit.reason == "stopped, without a grace period")
        #expect(try fixture.text() == "ready\n")
    }

    @Test(arguments: Setup.possible)
    func startRecordKnowsTheFirstProcess(setup: Setup) throws {
        let fixture = try WorkerFixture("echo ready; sleep 60", setup)
        let worker = try fixture.start()
        try fixture.waitFor("ready")
        #expect(try eventually { try FileStatus.of(fixture.run.started) != nil })
        let record = try StartRecord(decoding: try #require(try DurableFile.read(fixture.run.started)))
        let first = try #require(record.firstPID)
        #expect(ProcessStatus.of(first)?.startTime == record.firstStartTime)
        #expect(record.pid.flatMap(ProcessStatus.of)?.parent == first)
        #expect(record.sinceBoot.map { $0 > 0 && $0 <= BootTimer.now } == true)
        try fixture.wish(0)
        kill(worker, SIGTERM)
        fixture.wait(for: worker)
        #expect(ProcessStatus.of(first)?.startTime != record.firstStartTime)
    }

    /// The shell ends at once; the program that it ran still has its grace period to save a checkpoint.
    @Test(arguments: Setup.possible)
    func graceIsForTheWholeTree(setup: Setup) throws {
        let fixture = try WorkerFixture(
            """
            bash -c 'trap "sleep 0.2; echo saved; exit 0" TERM; echo ready; while :; do sleep 0.02; done'; echo unreached
            """,
            setup
        )
        let worker = try fixture.start()
        try fixture.waitFor("ready")
        kill(worker, SIGTERM)
        fixture.wait(for: worker)
        #expect(try fixture.exit().outcome == .shutdown)
        #expect(try fixture.text() == "ready\nsaved\n")
    }

    @Test(.tags(.slow), arguments: Setup.possible)
    func timeLimitIsKept(setup: Setup) throws {
        let fixture = try WorkerFixture("echo ready; sleep 60", setup)
        fixture.spec.maximumRuntime = 1
        let exit = try fixture.finish()
        #expect(exit.outcome == .timeout)
        #expect(exit.duration >= 1_000_000_000 && exit.duration < 4_000_000_000)
        #expect(exit.reason?.contains("time limit of 1 s") == true)
    }

    @Test(arguments: Setup.possible)
    func nothingOutlivesTheCommand(setup: Setup) throws {
        let mark = uniqueSeconds()
        let fixture = try WorkerFixture(
            "setsid sleep \(mark) & (setsid sleep \(mark) &); echo last words; exit 5",
            setup
        )
        let exit = try fixture.finish()
        #expect(exit.termination == .exited(code: 5))
        #expect(try fixture.text() == "last words\n")
        #expect(try processes(marked: mark).isEmpty)
    }

    @Test(arguments: Setup.possible)
    func nothingOutlivesAKilledWorker(setup: Setup) throws {
        let mark = uniqueSeconds()
        let fixture = try WorkerFixture(
            "trap '' TERM; setsid sleep \(mark) & (setsid sleep \(mark) &); echo ready; sleep \(mark); sleep 60",
            setup
        )
        let worker = try fixture.start()
        try fixture.waitFor("ready")
        kill(worker, SIGKILL)
        #expect(fixture.wait(for: worker) == .signalled(SIGKILL))
        #expect(try eventually { try processes(marked: mark).isEmpty })
        #expect(try FileStatus.of(fixture.run.exit) == nil)
    }

    @Test(.tags(.slow), arguments: Setup.possible)
    func jobCannotEndItsFirstProcess(setup: Setup) throws {
        let mark = uniqueSeconds()
        let fixture = try WorkerFixture(
            "setsid sleep \(mark) & kill -9 $PPID; kill -STOP $PPID; echo ready; sleep 60",
            setup
        )
        let worker = try fixture.start()
        if setup == .none {
            // Without a sandbox it can; then everything ends, and nothing is left.
            fixture.wait(for: worker)
            #expect(try fixture.exit().outcome == .failed)
        } else {
            try fixture.waitFor("ready")
            kill(worker, SIGTERM)
            fixture.wait(for: worker)
            #expect(try fixture.exit().outcome == .shutdown)
        }
        #expect(try processes(marked: mark).isEmpty)
    }
}
