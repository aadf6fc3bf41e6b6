internal import FloydOS
internal import FloydRun
internal import Glibc

/// One attempt, from the lock to the exit record.
struct Attempt: ~Copyable {
    private let run: RunDirectory
    private let spec: RunSpec
    private let log: LogSink
    private let supervisor: Supervisor
    private let exitFile: ReservedFile
    private let startFile: ReservedFile
    private var isIntroduced = false
    private var group: Cgroup?

    /// Supervises the attempt in `run`.
    static func supervise(_ run: RunDirectory) -> WorkerExit {
        do {
            guard let lock = try FileLock.tryAcquire(run.lock) else { return .held }
            // A worker before this one may have run the command: an attempt is executed once.
            let result: WorkerExit =
                if try FileStatus.of(run.fenced) != nil {
                    .fenced
                } else if try FileStatus.of(run.worker) != nil || FileStatus.of(run.exit) != nil {
                    .ranBefore
                } else {
                    supervise(locked: run)
                }
            // Held until here, whatever becomes of the attempt.
            _ = consume lock
            return result
        } catch {
            return .noRunDirectory
        }
    }

    private static func supervise(locked run: RunDirectory) -> WorkerExit {
        Failpoint.workerLocked.reach()
        do {
            let log = try LogSink(run)
            let supervisor = try Supervisor(log: log, stopFile: run.stop)
            let exitFile = ReservedFile(run.exit)
            do {
                guard let bytes = try DurableFile.read(run.spec, limit: 1 << 26) else {
                    throw FieldError("it is missing")
                }
                var attempt = Attempt(
                    run: run,
                    spec: try RunSpec(decoding: bytes),
                    log: log,
                    supervisor: supervisor,
                    exitFile: exitFile
                )
                return attempt.execute()
            } catch {
                let verdict = Verdict(.failed, "the run's spec can't be read: \(error)")
                return Ending(run: run, log: log, supervisor: supervisor, file: exitFile).finish(verdict, StageEnd())
            }
        } catch {
            return .ioError
        }
    }

    private init(run: RunDirectory, spec: RunSpec, log: LogSink, supervisor: Supervisor, exitFile: ReservedFile) {
        self.run = run
        self.spec = spec
        self.log = log
        self.supervisor = supervisor
        self.exitFile = exitFile
        startFile = ReservedFile(run.started)
        supervisor.gracePeriod = spec.gracePeriod
        log.limit(to: spec.logLimit)
    }

    private mutating func execute() -> WorkerExit {
        var end = StageEnd()
        let verdict: Verdict
        do {
            verdict = try attempt(&end)
        } catch {
            verdict = Verdict(.failed, "the command could not be started: \(error)")
        }
        // Nobody is in it any more; the daemon's next start removes what the kernel doesn't yet let go.
        try? group?.remove()
        return Ending(run: run, log: log, supervisor: supervisor, file: exitFile).finish(verdict, end)
    }

    private mutating func attempt(_ end: inout StageEnd) throws -> Verdict {
        let worker = UserIdentity.effective
        if let refusal = Self.refusal(of: spec, worker) { return Verdict(.failed, refusal) }
        // Only a sandbox is made of it.
        let host = spec.isolation == .none ? HostLayout(entries: [], files: []) : try HostLayout.read()
        makeGroup()
        if let verdict = try prepare(host, worker) { return verdict }
        if spec.isolation == .none { try linkInputs() }
        let plan = JobPlan(
            spec: spec,
            run: run,
            worker: worker,
            group: group,
            othersProcesses: othersProcesses(spec.identity ?? worker)
        ).stage(host)
        let startFile = startFile
        // The sandbox is set up while the disk writes who runs it; the command starts when both are done.
        end = try supervisor.run(
            plan,
            prepared: { try introduce() },
            started: { Self.write($0, to: startFile) }
        )
        secureResults()
        return Verdict(end, plan: plan)
    }

    /// Sees to it that the environment is there, and what the job has over it. Nil when both are, else what becomes of the attempt.
    private mutating func prepare(_ host: HostLayout, _ worker: UserIdentity) throws -> Verdict? {
        func plan(_ preparation: Preparation) -> BuildPlan {
            BuildPlan(
                preparation: preparation,
                isolation: spec.isolation,
                gracePeriod: spec.gracePeriod,
                worker: worker,
                limits: spec.limits,
                group: group,
                othersProcesses: othersProcesses(preparation.builder ?? worker)
            )
        }
        var builds = spec.preparation.map { [EnvironmentBuild(plan: plan($0), supervisor: supervisor)] } ?? []
        if let layer = spec.layer {
            var plan = plan(layer.preparation)
            plan.layer = LayerSurroundings(layer: layer, run: run, maximumRuntime: spec.maximumRuntime)
            builds.append(EnvironmentBuild(plan: plan, supervisor: supervisor))
        }
        for build in builds {
            // Most find it there. Only who builds or waits needs to be known before the command's own sandbox is set up.
            if try build.isThere { continue }
            try introduce()
            if let verdict = try build.ensure(host) { return verdict }
        }
        return nil
    }

    /// Whoever hears that the job has ended may count on what it left: the record that says so must not outlive that.
    private func secureResults() {
        do {
            try Results(folder: run.output).synchronize()
        } catch {
            log.say("What the job left in /output may not be on the disk: \(error)")
        }
    }

    /// No command runs as root, whatever the spec says.
    static func refusal(of spec: RunSpec, _ worker: UserIdentity) -> String? {
        var identities = [spec.identity ?? worker]
        for preparation in [spec.preparation, spec.layer?.preparation] {
            if let preparation { identities.append(preparation.builder ?? worker) }
        }
        if identities.contains(where: { $0.uid == 0 || $0.gid == 0 }) { return "a job must not run as root" }
        if worker.uid != 0 && identities.contains(where: { $0 != worker }) {
            return "only root can run a job as another user"
        }
        return nil
    }

    /// Makes the attempt's group. Where that fails although it worked for the daemon, the worker watches for itself.
    private mutating func makeGroup() {
        guard !spec.cgroups.hierarchies.isEmpty else { return }
        let group = Cgroup(spec.cgroups, name: "\(spec.jobID).\(spec.attempt)")
        do throws(SystemError) {
            try group.make()
            try group.limit(memory: spec.limits.memory, processes: spec.limits.processes, weight: spec.cpuWeight)
            self.group = group
        } catch {
            log.say("The kernel does not keep this job's limits, its worker does: \(error)")
            try? group.remove()
        }
    }

    /// Processes that the user has already: where no group counts the job's, the kernel counts all of its user's.
    private func othersProcesses(_ user: UserIdentity) -> Int {
        let isCounted = group?.has(.pids) == true || (spec.isolation != .none && UserIdentity.effective.uid != 0)
        return isCounted || spec.limits.processes == nil ? 0 : ProcessUse.count(of: user.uid)
    }

    /// Writes durably who supervises this attempt, once, before anything of it runs. While the disk is full it waits.
    private mutating func introduce() throws {
        guard !isIntroduced else { return }
        let record = WorkerRecord(process: try ProcessIdentity.current(), groups: group?.folders ?? [])
        while true {
            do {
                try exitFile.reserve()
                try startFile.reserve()
                try DurableFile.create(record.encoded(), at: run.worker)
                break
            } catch {
                let isForSpace = error.code == ENOSPC || error.code == EDQUOT
                guard isForSpace && !supervisor.isStopRequested else { throw error }
                supervisor.pause(milliseconds: 200)
            }
        }
        isIntroduced = true
        Failpoint.workerIntroduced.reach()
    }

    /// Without a sandbox, links stand for the mounts.
    private func linkInputs() throws(SystemError) {
        try Folder.create(run.inputs)
        try FileDescriptor.open(run.inputs, O_RDONLY | O_DIRECTORY).changeMode(0o755)
        for input in spec.inputs {
            for name in input.names {
                if symlink(input.path, "\(run.inputs)/\(name)") != 0 && errno != EEXIST {
                    throw SystemError("symlink", path: "\(run.inputs)/\(name)")
                }
            }
        }
    }

    /// A hint, so there whole or not at all but not durable: after an outage nothing runs anyway.
    private static func write(_ record: StartRecord, to file: ReservedFile) {
        do {
            try file.write(record.encoded())
            try file.publish()
        } catch {}
        file.forget()
        Failpoint.workerStarted.reach()
    }
}
