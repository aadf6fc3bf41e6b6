import FloydOS
import FloydRun
import Glibc
import Testing

@Suite(.serialized) struct CommandTests {
    @Test(arguments: Setup.possible)
    func endIsRecordedAsItWas(setup: Setup) throws {
        let ends: [(String, ExitRecord.Outcome, ExitRecord.Termination)] = [
            ("exit 0", .success, .exited(code: 0)), ("exit 3", .failed, .exited(code: 3)),
            ("kill -SEGV $$", .failed, .signalled(SIGSEGV)), ("kill -KILL $$", .failed, .signalled(SIGKILL)),
            ("/nonexistent", .failed, .exited(code: 127)),
        ]
        for (command, outcome, termination) in ends {
            let fixture = try WorkerFixture(command, setup)
            let exit = try fixture.finish()
            #expect(exit.outcome == outcome)
            #expect(exit.termination == termination)
            #expect(exit.lostOutput == 0)
            let started = try #require(exit.started)
            #expect(started <= exit.finished)
            #expect(exit.duration >= 0)
            #expect(try FileStatus.of(fixture.run.log)?.size == exit.logLength)
            #expect(exit.usage.map { $0.maximumMemory > 0 } ?? false)
        }
    }

    @Test(arguments: Setup.possible)
    func outputIsExact(setup: Setup) throws {
        let fixture = try WorkerFixture(
            #"printf 'a\rb\n\n\377\000x\n'; printf 'err' >&2; head -c 50000 /dev/zero | tr '\0' z; printf '\nend'"#,
            setup
        )
        _ = try fixture.finish()
        let expected =
            Array("a\rb\n\n".utf8) + [0xFF, 0, 0x78, 10] + Array(repeating: 0x7A, count: 50_000) + Array("\nend".utf8)
        #expect(try fixture.output() == expected)
        #expect(try fixture.text(.stderr) == "err")
    }

    @Test(arguments: Setup.possible)
    func closedStdoutIsNoEnd(setup: Setup) throws {
        let fixture = try WorkerFixture("echo one; exec >&-; echo two >&2; exec 2>&-; exit 7", setup)
        let exit = try fixture.finish()
        #expect(exit.termination == .exited(code: 7))
        #expect(try fixture.text() == "one\n")
        #expect(try fixture.text(.stderr) == "two\n")
    }

    @Test(arguments: Setup.possible)
    func everyLineOfAFloodIsThereInOrder(setup: Setup) throws {
        let fixture = try WorkerFixture("seq 1 30000", setup)
        _ = try fixture.finish()
        #expect(try fixture.text() == (1...30_000).map { "\($0)\n" }.joined())
    }

    @Test(arguments: Setup.possible)
    func lineIsInTheLogBeforeTheNextOneComes(setup: Setup) throws {
        let fixture = try WorkerFixture("echo first; printf '50%%'; read -r line < go; echo $line", setup)
        let pipe = "\(fixture.run.home)/go"
        mkfifo(pipe, 0o666)
        chmod(pipe, 0o666)
        let worker = try fixture.start()
        // The piece of a line too: a progress bar moves.
        try fixture.waitFor("first\n50%")
        let file = try FileDescriptor.open(pipe, O_WRONLY)
        try file.write(all: Array("gone\n".utf8))
        try file.close()
        fixture.wait(for: worker)
        #expect(try fixture.text() == "first\n50%gone\n")
    }

    @Test(arguments: Setup.possible)
    func commandHasItsEnvironmentAndNothingElse(setup: Setup) throws {
        let fixture = try WorkerFixture("env -0 | tr '\\0' '\\n'; echo ---; ls /proc/$$/fd; pwd", setup)
        fixture.spec.variables = [.init("MINE", "a b"), .init("PYTHONUNBUFFERED", "0")]
        let file = try FileDescriptor.open("/dev/null", O_RDONLY)
        let worker = try fixture.start(extraDescriptors: Array(repeating: file.raw, count: 9))
        #expect(fixture.wait(for: worker) == .exited(code: 0))
        try file.close()
        let text = try fixture.text()
        let isolated = setup != .none
        for line in [
            "MINE=a b", "PYTHONUNBUFFERED=0", "FLOYDHUB=1", "FLOYD_JOB_ID=eo4LZmQVs9JMwW6xB8hta5",
            "CUDA_VISIBLE_DEVICES=",
            "HOME=" + (isolated ? "/floyd/home" : fixture.run.home),
            "TMPDIR=" + (isolated ? "/tmp" : fixture.run.temporary),
            "FLOYD_OUTPUT=" + (isolated ? "/output" : fixture.run.output),
        ] {
            #expect(text.contains("\(line)\n"), "\(line) is missing in \(text)")
        }
        #expect(!text.contains("DAEMON_SECRET"))
        #expect(text.hasSuffix("---\n0\n1\n2\n" + (isolated ? "/floyd/home" : fixture.run.home) + "\n"))
    }

    @Test func attemptIsExecutedOnce() throws {
        let fixture = try WorkerFixture("echo ready; sleep 60", .none)
        let first = try fixture.start()
        try fixture.waitFor("ready")
        #expect(fixture.wait(for: try fixture.start()) == .exited(code: 75))
        kill(first, SIGTERM)
        #expect(fixture.wait(for: first) == .exited(code: 0))
        let record = try fixture.exit()
        #expect(fixture.wait(for: try fixture.start()) == .exited(code: 77))
        #expect(try fixture.exit() == record)
    }

    @Test func fencedAttemptIsNotStarted() throws {
        let fixture = try WorkerFixture("touch ran", .none)
        try DurableFile.write([], to: fixture.run.fenced)
        #expect(fixture.wait(for: try fixture.start()) == .exited(code: 76))
        #expect(try FileStatus.of(fixture.run.worker) == nil)
        #expect(try FileStatus.of("\(fixture.run.home)/ran") == nil)
    }

    @Test func wrongSpecIsAFailureOnRecord() throws {
        let fixture = try WorkerFixture("exit 0", .none)
        try DurableFile.write(Array("floydlite-run-spec 9\n".utf8), to: fixture.run.spec)
        #expect(fixture.wait(for: try fixture.start(writingSpec: false)) == .exited(code: 0))
        let exit = try fixture.exit()
        #expect(exit.outcome == .failed)
        #expect(exit.termination == nil)
        #expect(exit.reason?.contains("version is 9") == true)
    }

    @Test func sandboxThatCannotBeMadeSaysWhy() throws {
        let fixture = try WorkerFixture("exit 0", .sandboxByUser)
        fixture.spec.inputs = [.init(path: "\(fixture.root)/vanished", names: ["x"])]
        let exit = try fixture.finish()
        #expect(exit.outcome == .failed)
        #expect(exit.termination == nil)
        #expect(exit.started == nil)
        #expect(exit.reason?.contains("vanished") == true)
    }

    @Test(.enabled(if: geteuid() == 0, "only root could run a job as root"), arguments: [Setup.sandboxByRoot, .none])
    func nothingRunsAsRoot(setup: Setup) throws {
        for identity in [nil, UserIdentity(uid: 0, gid: 5), UserIdentity(uid: 5, gid: 0)] {
            let fixture = try WorkerFixture("touch ran", setup)
            fixture.spec.identity = identity
            let exit = try fixture.finish()
            #expect(exit.outcome == .failed)
            #expect(exit.reason == "a job must not run as root")
        }
    }
}
