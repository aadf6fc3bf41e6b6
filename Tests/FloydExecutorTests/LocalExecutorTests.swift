import FloydExecutor
import FloydModel
import FloydOS
import FloydRun
import Glibc
import Synchronization
import Testing

/// A folder of runs, with an executor whose workers are all gone at the end.
private final class Runs {
    let root: String
    let executor: LocalExecutor
    static let program: String = {
        var path = [CChar](repeating: 0, count: Int(PATH_MAX))
        let length = readlink("/proc/self/exe", &path, path.count - 1)
        let own = String(decoding: path.prefix(max(0, length)).map(UInt8.init(bitPattern:)), as: UTF8.self)
        return own.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
            + "/floydlite-worker"
    }()
    private var made: [RunDirectory] = []

    init(program: String = Runs.program) throws {
        var template = Array("/tmp/floyd-executor-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw SystemError("mkdtemp") }
        root = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        chmod(root, 0o711)
        executor = LocalExecutor(workerProgram: program)
    }

    deinit {
        for run in made {
            if let bytes = (try? DurableFile.read(run.worker)) ?? nil {
                _ = try? WorkerRecord(decoding: bytes).process.signal(SIGKILL)
            }
        }
        try? Folder.removeTree(root)
    }

    /// A prepared run without isolation.
    func make(_ command: String) throws -> RunDirectory {
        let run = RunDirectory(in: root, jobID: "job\(made.count)", attempt: 1)
        made.append(run)
        var spec = RunSpec(jobID: "job", jobName: "a/projects/b/1", attempt: 1, command: command, isolation: .none)
        if geteuid() == 0 { spec.identity = UserIdentity(uid: 61_234, gid: 61_235) }
        try Folder.create(run.path, mode: 0o711, withParents: true)
        for folder in [run.home, run.output, run.temporary] {
            try Folder.create(folder)
            if geteuid() == 0 { chown(folder, 61_234, 61_235) }
        }
        try DurableFile.write(spec.encoded(), to: run.spec)
        return run
    }
}

/// Collects what a watcher reports.
private final class Events: Sendable {
    private let events = Mutex<[RunEvent]>([])

    func add(_ event: RunEvent) { events.withLock { $0.append(event) } }

    func kinds(of run: RunDirectory) -> [RunEvent.Kind] {
        events.withLock { $0.filter { $0.run == run }.map(\.kind) }
    }

    func waitFor(_ kind: RunEvent.Kind, of run: RunDirectory) -> Bool {
        for _ in 0..<4000 {
            if kinds(of: run).contains(kind) { return true }
            usleep(2000)
        }
        return false
    }
}

@Suite(.serialized) struct LocalExecutorTests {
    @Test func attemptIsLaunchedWatchedAndSettled() throws {
        let runs = try Runs()
        let events = Events()
        let watcher = try RunWatcher { events.add($0) }
        let run = try runs.make("echo hello; exit 3")
        watcher.add(run)
        try runs.executor.launch(run)
        #expect(events.waitFor(.workerGone, of: run))
        let kinds = events.kinds(of: run)
        #expect(kinds.contains(.started) && kinds.contains(.logGrew))
        #expect(kinds.suffix(2) == [.exited, .workerGone])
        let evidence = try runs.executor.evidence(of: run)
        #expect(evidence.exit?.termination == .exited(code: 3))
        #expect(evidence.worker?.isAlive == false)
        #expect(evidence.started != nil)
        #expect(evidence.logLength == evidence.exit?.logLength)
        #expect(evidence.unreadable.isEmpty)
        guard case .settle = ReconcileDecision.about(.running, evidence) else {
            Issue.record("an ended attempt is not settled")
            return
        }
    }

    @Test func runningAttemptIsFoundAndStopped() throws {
        let runs = try Runs()
        let run = try runs.make("echo ready; sleep 60")
        let events = Events()
        let first = try RunWatcher { events.add($0) }
        first.add(run)
        try runs.executor.launch(run)
        #expect(events.waitFor(.started, of: run))
        #expect(ReconcileDecision.about(.starting, try runs.executor.evidence(of: run)) == .markRunning)
        let pid = try #require(try runs.executor.evidence(of: run).started?.pid)
        #expect(ProcessStatus.of(pid)?.isZombie == false)
        // As after a restart of the daemon: another watcher, for a worker that it didn't start.
        let later = Events()
        let second = try RunWatcher { later.add($0) }
        second.add(run)
        #expect(later.waitFor(.started, of: run))
        #expect(try !runs.executor.fence(run))
        #expect(try runs.executor.stop(run, grace: nil))
        #expect(later.waitFor(.workerGone, of: run))
        #expect(later.kinds(of: run).suffix(2) == [.exited, .workerGone])
        #expect(try runs.executor.evidence(of: run).exit?.outcome == .shutdown)
        #expect(try !runs.executor.stop(run, grace: nil))
    }

    @Test func killedWorkerLeavesALostAttempt() throws {
        let runs = try Runs()
        let run = try runs.make("sleep 60")
        let events = Events()
        let watcher = try RunWatcher { events.add($0) }
        watcher.add(run)
        try runs.executor.launch(run)
        #expect(events.waitFor(.started, of: run))
        let evidence = try runs.executor.evidence(of: run)
        #expect(try evidence.worker?.record.process.signal(SIGKILL) == true)
        #expect(events.waitFor(.workerGone, of: run))
        #expect(!events.kinds(of: run).contains(.exited))
        // The kernel may still be at ending the job.
        var decision = ReconcileDecision.about(.running, try runs.executor.evidence(of: run))
        while decision == .endRemains {
            _ = try runs.executor.endRemains(of: run)
            decision = ReconcileDecision.about(.running, try runs.executor.evidence(of: run))
        }
        #expect(decision == .lost(.workerGone))
    }

    /// As if the worker had been killed and its job had got away from it.
    @Test func remainsOfAKilledWorkerAreSeenAndEnded() throws {
        let runs = try Runs()
        let run = try runs.make("true")
        #expect(try runs.executor.endRemains(of: run))
        let null = try FileDescriptor.open("/dev/null", O_RDWR)
        func sleeper() throws -> pid_t {
            try ProcessCommand(
                "/bin/sleep",
                arguments: ["sleep", "60"],
                descriptors: [null.raw, null.raw, null.raw]
            ).spawn()
        }
        let (worker, first) = (try sleeper(), try sleeper())
        let dead = try #require(try ProcessIdentity.of(worker))
        let started = try #require(ProcessStatus.of(first)).startTime
        func write(firstStartTime: UInt64, bootID: String) throws {
            let identity = ProcessIdentity(pid: dead.pid, startTime: dead.startTime, bootID: bootID)
            try DurableFile.write(WorkerRecord(process: identity).encoded(), to: run.worker)
            let record = StartRecord(time: .now, pid: nil, firstPID: first, firstStartTime: firstStartTime)
            try DurableFile.write(record.encoded(), to: run.started)
        }
        try write(firstStartTime: started, bootID: dead.bootID)
        // While the worker lives there are no remains, and nothing is ended.
        #expect(try !runs.executor.evidence(of: run).remains)
        #expect(try !runs.executor.endRemains(of: run))
        kill(worker, SIGKILL)
        waitpid(worker, nil, 0)
        // Somebody else's: the pid was used again, or the machine restarted.
        try write(firstStartTime: started + 1, bootID: dead.bootID)
        #expect(try !runs.executor.evidence(of: run).remains)
        try write(firstStartTime: started, bootID: "another")
        #expect(try !runs.executor.evidence(of: run).remains)
        #expect(try runs.executor.endRemains(of: run))
        #expect(ProcessStatus.of(first)?.isZombie == false)

        try write(firstStartTime: started, bootID: dead.bootID)
        #expect(try runs.executor.evidence(of: run).remains)
        #expect(try runs.executor.endRemains(of: run))
        #expect(try !runs.executor.evidence(of: run).remains)
        var status: Int32 = 0
        waitpid(first, &status, 0)
        #expect(status & 0x7F == SIGKILL)
    }

    @Test func stopSaysHowLong() throws {
        let runs = try Runs()
        let run = try runs.make("trap '' TERM; while :; do sleep 1; done")
        let events = Events()
        let watcher = try RunWatcher { events.add($0) }
        watcher.add(run)
        try runs.executor.launch(run)
        #expect(events.waitFor(.started, of: run))
        #expect(try runs.executor.stop(run, grace: 60))
        #expect(try runs.executor.stop(run, grace: 0))
        #expect(events.waitFor(.workerGone, of: run))
        #expect(try runs.executor.evidence(of: run).exit?.outcome == .shutdown)
        #expect(try StopRecord(decoding: try #require(try DurableFile.read(run.stop))).grace == 0)
        #expect(try !runs.executor.stop(run, grace: 5))
    }

    @Test func fencedAttemptNeverStarts() throws {
        let runs = try Runs()
        let run = try runs.make("touch ran")
        #expect(try runs.executor.fence(run))
        #expect(try runs.executor.fence(run))
        let events = Events()
        let watcher = try RunWatcher { events.add($0) }
        watcher.add(run)
        try runs.executor.launch(run)
        #expect(events.waitFor(.workerGone, of: run))
        let evidence = try runs.executor.evidence(of: run)
        #expect(evidence.isFenced && evidence.worker == nil && evidence.exit == nil)
        #expect(try FileStatus.of("\(run.home)/ran") == nil)
    }

    @Test func vanishedDirectoryCanBeFenced() throws {
        let runs = try Runs()
        let run = RunDirectory(in: runs.root, jobID: "gone", attempt: 4)
        #expect(try !runs.executor.evidence(of: run).exists)
        #expect(try runs.executor.fence(run))
        #expect(try runs.executor.evidence(of: run).isFenced)
    }

    @Test func damagedFilesAreEvidence() throws {
        let runs = try Runs()
        let run = try runs.make("exit 0")
        try DurableFile.write([], to: run.exit)
        try DurableFile.write(Array("{".utf8), to: run.worker)
        let evidence = try runs.executor.evidence(of: run)
        #expect(evidence.unreadable.count == 2)
        guard case .setAside = ReconcileDecision.about(.running, evidence) else {
            Issue.record("a damaged run is not set aside")
            return
        }
    }

    @Test func missingWorkerProgramIsAnError() throws {
        let runs = try Runs(program: "/nonexistent/floydlite-worker")
        let run = try runs.make("exit 0")
        #expect(throws: FloydError.self) { try runs.executor.launch(run) }
    }

    @Test func removedRunIsNotReported() throws {
        let runs = try Runs()
        let events = Events()
        let watcher = try RunWatcher { events.add($0) }
        let (run, other, last) = (try runs.make("exit 0"), try runs.make("exit 0"), try runs.make("exit 0"))
        watcher.add(run)
        watcher.remove(run)
        watcher.add(other)
        // Its report tells that the watcher has heard of the removal.
        try runs.executor.launch(other)
        #expect(events.waitFor(.workerGone, of: other))
        try runs.executor.launch(run)
        watcher.add(last)
        try runs.executor.launch(last)
        #expect(events.waitFor(.workerGone, of: last))
        #expect(events.kinds(of: run).isEmpty)
    }

    @Test("That nothing of a job is left is heard before its record may be counted on, and once")
    func endIsReportedBeforeItIsDurable() throws {
        let runs = try Runs()
        let events = Events()
        let watcher = try RunWatcher { events.add($0) }
        let (run, next) = (try runs.make("true"), try runs.make("true"))
        watcher.add(run)
        let draft = try FileDescriptor.open(run.exitDraft, O_WRONLY | O_CREAT)
        // The place is taken before the command starts.
        try draft.allocate(4096)
        watcher.add(next)
        try DurableFile.write(Array("{".utf8), to: next.exit)
        #expect(events.waitFor(.exited, of: next))
        #expect(events.kinds(of: run).isEmpty)
        #expect(!events.kinds(of: next).contains(.ended))
        let record = ExitRecord(outcome: .success, finished: .now, logLength: 0).encoded()
        try draft.write(all: record, at: 0)
        #expect(events.waitFor(.ended, of: run))
        try draft.write(all: record, at: 0)
        try Folder.rename(run.exitDraft, to: run.exit)
        #expect(events.waitFor(.exited, of: run))
        #expect(events.kinds(of: run) == [.ended, .exited])
        // One who comes later hears the same.
        let later = Events()
        let second = try RunWatcher { later.add($0) }
        second.add(run)
        #expect(later.waitFor(.exited, of: run))
        #expect(later.kinds(of: run) == [.ended, .exited])
    }

    @Test func vanishedDirectoryOfAWatchedRunIsReported() throws {
        let runs = try Runs()
        let events = Events()
        let watcher = try RunWatcher { events.add($0) }
        let run = try runs.make("exit 0")
        watcher.add(run)
        try Folder.removeTree(run.path)
        #expect(events.waitFor(.workerGone, of: run))
        let never = RunDirectory("\(runs.root)/never")
        watcher.add(never)
        #expect(events.waitFor(.workerGone, of: never))
    }

    @Test func probeSaysWhetherSandboxesCanBeMade() throws {
        let identity = geteuid() == 0 ? UserIdentity(uid: 61_234, gid: 61_235) : nil
        let probe = IsolationProbe(workerProgram: Runs.program, identity: identity)
        let found = try #require(IsolationProbe.find(), "bubblewrap is needed for the tests")
        #expect(probe.run() == .available(program: found))
        let missing = IsolationProbe(workerProgram: Runs.program, program: "/nonexistent/bwrap", identity: identity)
        guard case .unavailable(let reason, _) = missing.run() else {
            Issue.record("a missing bubblewrap is available")
            return
        }
        #expect(reason == "bubblewrap is not installed")
        let refusing = IsolationProbe(workerProgram: Runs.program, program: "/bin/false", identity: identity)
        guard case .unavailable = refusing.run() else {
            Issue.record("a refusing bubblewrap is available")
            return
        }
    }
}
