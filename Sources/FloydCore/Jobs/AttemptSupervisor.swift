internal import FloydExecutor
internal import FloydModel
internal import FloydOS
internal import FloydRun
internal import FloydStore
internal import FoundationEssentials
internal import Logging
internal import ServiceLifecycle

/// Brings what the database says of active jobs in line with what their run directories say, whenever one of those changes, at the
/// start for all of them, and now and then for what no change was seen of.
///
/// The run directories are the truth; this may be killed at any moment and begins again by looking at them.
struct AttemptSupervisor: Service {
    /// Changes are seen at once; this is for what went wrong in between.
    private static let interval = Duration.seconds(2)
    /// How many attempts may come to nothing because no worker came up. A worker that can't even say who it is (the disk is full)
    /// would be started for ever, and each time the code copied for it.
    static let maximumUnlaunched = 5

    let store: Store
    let folder: DataFolder
    let executor: any Executor
    let mover: JobMover
    let launches: LaunchesUnderWay
    let pool: BlockingPool
    let logger: Logger
    let watcher: RunWatcher
    private let changes: AsyncStream<AttemptID>

    init(
        store: Store,
        folder: DataFolder,
        executor: any Executor,
        mover: JobMover,
        launches: LaunchesUnderWay,
        pool: BlockingPool,
        logger: Logger
    ) throws {
        self.store = store
        self.folder = folder
        self.executor = executor
        self.mover = mover
        self.launches = launches
        self.pool = pool
        self.logger = logger
        // At most a few for each attempt, so there is no need for a bound.
        let (changes, continuation) = AsyncStream<AttemptID>.makeStream()
        self.changes = changes
        watcher = try RunWatcher { [signals = mover.signals] event in
            guard let attempt = AttemptID(event.run) else { return }
            if event.kind == .logGrew {
                signals.logGrew(attempt.job)
            } else {
                continuation.yield(attempt)
            }
        }
    }

    func run() async throws {
        await reviewAll { watcher.add(folder.run(of: $0)) }
        // What waited while the daemon was down.
        mover.wake()
        await withDiscardingTaskGroup { group in
            group.addTask {
                while (try? await cancelWhenGracefulShutdown({ try await Task.sleep(for: Self.interval) })) != nil {
                    if Task.isShuttingDownGracefully { return }
                    await reviewAll()
                }
            }
            for await attempt in changes.cancelOnGracefulShutdown() {
                group.addTask { await review(attempt) }
            }
        }
    }

    /// Looks at all active jobs once.
    func reviewAll(_ prepare: (JobRecord) -> Void = { _ in }) async {
        do {
            for job in try await store.jobs.active() {
                prepare(job)
                await review(job)
            }
        } catch {
            logger.error("The active jobs could not be read; they are looked at again", metadata: ["error": "\(error)"])
        }
    }

    private func review(_ attempt: AttemptID) async {
        do {
            guard let job = try await store.jobs.get(attempt.job), job.attempt == attempt.number else { return }
            await review(job)
        } catch {
            logger.error(
                "A job could not be read; it is looked at again",
                metadata: ["job": "\(attempt.job)", "error": "\(error)"]
            )
        }
    }

    /// Looks at the job's present attempt and moves the job as it must be. What goes wrong is logged, and seen again at the next look.
    func review(_ job: JobRecord) async {
        guard job.state.isActive else { return }
        let run = folder.run(of: job)
        do {
            let evidence = try await pool.run { [executor] in try executor.evidence(of: run) }
            try await apply(ReconcileDecision.about(job.state, evidence), to: job, run, evidence)
        } catch {
            logger.error(
                "A job could not be settled; it is tried again",
                metadata: ["job": "\(job.name)", "error": "\(error)"]
            )
        }
    }

    private func apply(
        _ decision: ReconcileDecision,
        to job: JobRecord,
        _ run: RunDirectory,
        _ evidence: RunEvidence
    ) async throws {
        switch decision {
        case .nothing:
            return
        case .markRunning:
            let facts = MoveFacts(at: Date(), started: evidence.started.map { Date($0.time) })
            try await mover.move(job, from: [.starting], on: .commandStarted, facts)
        case .settle(let exit):
            var facts = MoveFacts(exit)
            // Who stopped it says more than that it was stopped; whether that took a SIGKILL stands in the log.
            if job.state == .stopping, exit.outcome == .shutdown { facts.reason = job.reason ?? facts.reason }
            try await end(job, run, on: .exitRecord(JobOutcome(exit.outcome)), facts)
        case .relaunchAfterFencing:
            // This very process may be about to launch it.
            guard !launches.contains(AttemptID(job)), try await pool.run({ [executor] in try executor.fence(run) })
            else {
                return
            }
            let isHopeless = job.attempt - job.retries > Self.maximumUnlaunched
            let reason = isHopeless ? "its worker never started, \(job.attempt) times" : "its worker never started"
            try await end(
                job,
                run,
                on: isHopeless ? .cannotStart : .neverLaunched,
                MoveFacts(at: Date(), reason: reason)
            )
            try? await pool.run { try AttemptFolder(run).clear() }
        case .lost:
            let reason = "its worker vanished without a record: it was killed, or the machine went down"
            try await end(job, run, on: .vanished, MoveFacts(at: Date(), reason: reason))
        case .stopAgain:
            _ = try await pool.run { [executor] in try executor.stop(run, grace: nil) }
        case .setAside(let flaws):
            guard try await pool.run({ [executor] in try executor.fence(run) }) else { return }
            let aside = "\(run.path).unreadable"
            logger.error(
                "A run directory makes no sense and is kept aside",
                metadata: ["path": "\(aside)", "flaws": "\(flaws)"]
            )
            try await pool.run { try Folder.rename(run.path, to: aside) }
            let reason = "its records can't be read: \(flaws.joined(separator: "; "))"
            try await end(job, run, on: .vanished, MoveFacts(at: Date(), reason: reason))
        }
    }

    /// The attempt is over.
    private func end(_ job: JobRecord, _ run: RunDirectory, on event: JobEvent, _ facts: MoveFacts) async throws {
        watcher.remove(run)
        try await mover.move(job, from: [.starting, .running, .stopping], on: event, facts)
        // The job's /tmp is of no more use to anybody. A crash before this leaves it with the run directory.
        try? await pool.run { try AttemptFolder(run).clearTemporary() }
    }
}

extension JobOutcome {
    init(_ outcome: ExitRecord.Outcome) {
        self =
            switch outcome {
            case .success: .success
            case .failed: .failed
            case .timeout: .timeout
            case .shutdown: .shutdown
            }
    }
}

extension MoveFacts {
    init(_ exit: ExitRecord) {
        var signal: Int?
        if case .signalled(let number) = exit.termination { signal = Int(number) }
        self.init(
            at: Date(),
            reason: exit.reason,
            exitCode: exit.shellCode.map { Int($0) },
            signal: signal,
            started: exit.started.map { Date($0) },
            finished: Date(exit.finished)
        )
    }
}

extension Date {
    init(_ time: WallTime) {
        self.init(timeIntervalSince1970: Double(time.nanoseconds) / 1_000_000_000)
    }
}
