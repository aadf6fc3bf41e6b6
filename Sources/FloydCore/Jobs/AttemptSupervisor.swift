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
    /// After a start before the job is called running. Many jobs have ended by then, and are spared a write to the disk.
    private static let pauseAfterStart = Duration.milliseconds(20)
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
    private let reviews = ReviewsUnderWay()
    private let changes: AsyncStream<AttemptID>
    private let changed: AsyncStream<AttemptID>.Continuation

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
        (changes, changed) = AsyncStream<AttemptID>.makeStream()
        watcher = try RunWatcher(pauseAfterStart: Self.pauseAfterStart) { [mover, changed] event in
            guard let attempt = AttemptID(event.run) else { return }
            switch event.kind {
            case .logGrew: mover.signals.logGrew(attempt.job)
            case .ended: mover.free(attempt)
            case .started, .exited, .workerGone: changed.yield(attempt)
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
            // `cancelOnGracefulShutdown` would have every change handed over by another task.
            await withGracefulShutdownHandler {
                for await attempt in changes { group.addTask { await review(attempt) } }
            } onGracefulShutdown: {
                changed.finish()
            }
        }
    }

    /// Looks at all active jobs once, at several at a time.
    func reviewAll(_ prepare: (JobRecord) -> Void = { _ in }) async {
        do {
            let jobs = try await store.jobs.active()
            for job in jobs { prepare(job) }
            await withDiscardingTaskGroup { group in
                for job in jobs {
                    let attempt = AttemptID(job)
                    guard reviews.begin(attempt) else { continue }
                    group.addTask {
                        var isOver = await review(job)
                        while reviews.mustLookAgain(attempt, isOver: isOver) { isOver = await look(at: attempt) }
                    }
                }
            }
        } catch {
            logger.error("The active jobs could not be read; they are looked at again", metadata: ["error": "\(error)"])
        }
    }

    private func review(_ attempt: AttemptID) async {
        guard reviews.begin(attempt) else { return }
        var isOver: Bool
        repeat { isOver = await look(at: attempt) } while reviews.mustLookAgain(attempt, isOver: isOver)
    }

    /// - Returns: whether the attempt is over.
    private func look(at attempt: AttemptID) async -> Bool {
        do {
            // Row and evidence together, on one thread.
            let found = try await pool.run { [store, executor, folder] () throws -> (JobRecord, RunEvidence)? in
                guard let job = try store.jobs.getBlocking(attempt.job), job.attempt == attempt.number else {
                    return nil
                }
                return (job, try executor.evidence(of: folder.run(of: job)))
            }
            guard let (job, evidence) = found else { return true }
            return await review(job, evidence)
        } catch {
            logger.error(
                "A job could not be read; it is looked at again",
                metadata: ["job": "\(attempt.job)", "error": "\(error)"]
            )
            return false
        }
    }

    /// Looks at the job's present attempt and moves the job as it must be. What goes wrong is logged, and seen again at the next look.
    ///
    /// - Parameter evidence: if it was gathered just now.
    /// - Returns: whether the attempt is over.
    @discardableResult
    func review(_ job: JobRecord, _ evidence: RunEvidence? = nil) async -> Bool {
        guard job.attempt > 0 else { return false }
        let run = folder.run(of: job)
        do {
            var evidence = evidence
            while true {
                let present: RunEvidence
                if let evidence {
                    present = evidence
                } else {
                    present = try await pool.run { [executor] in try executor.evidence(of: run) }
                }
                switch try await apply(ReconcileDecision.about(job.state, present), to: job, run, present) {
                case .nothing: return false
                case .evidenceChanged: evidence = nil
                case .over: return true
                }
            }
        } catch {
            logger.error(
                "A job could not be settled; it is tried again",
                metadata: ["job": "\(job.name)", "error": "\(error)"]
            )
            return false
        }
    }

    /// What came of a decision.
    private enum Consequence {
        case nothing
        /// It is to be gathered again.
        case evidenceChanged
        /// The attempt is over: there is nothing more to see.
        case over
    }

    private func apply(
        _ decision: ReconcileDecision,
        to job: JobRecord,
        _ run: RunDirectory,
        _ evidence: RunEvidence
    ) async throws -> Consequence {
        switch decision {
        case .nothing:
            break
        case .markRunning:
            let facts = MoveFacts(
                at: Date(),
                started: evidence.started.map { Date($0.time) },
                startedSinceBoot: BootInstant(evidence)
            )
            try await mover.move(job, from: [.starting], on: .commandStarted, facts)
        case .settle(let exit):
            var facts = MoveFacts(exit)
            // Who stopped it says more than that it was stopped; whether that took a SIGKILL stands in the log.
            if job.state == .stopping, exit.outcome == .shutdown { facts.reason = job.reason ?? facts.reason }
            Failpoint.reviewEnded.reach()
            try await end(job, run, on: .exitRecord(JobOutcome(exit.outcome)), facts)
            return .over
        case .relaunchAfterFencing:
            try await relaunch(job, run)
        case .lost(let loss):
            try await end(job, run, on: .vanished, MoveFacts(at: Date(), reason: loss.reason))
        case .endRemains:
            return try await pool.run { [executor] in try executor.endRemains(of: run) } ? .evidenceChanged : .nothing
        case .stopAgain:
            _ = try await pool.run { [executor] in try executor.stop(run, grace: job.stopGrace) }
        case .setAside(let flaws):
            try await setAside(job, run, flaws)
        }
        return .nothing
    }

    /// Back into the queue with a job whose attempt was never launched, or to its end with one of which that was seen too often.
    private func relaunch(_ job: JobRecord, _ run: RunDirectory) async throws {
        // This very process may be about to launch it.
        guard !launches.contains(AttemptID(job)), try await pool.run({ [executor] in try executor.fence(run) }) else {
            return
        }
        Failpoint.reviewFenced.reach()
        // A crash came between moving its directory aside and moving the job.
        if try await pool.run({ try FileStatus.of(AttemptFolder.aside(run)) }) != nil {
            return try await end(job, run, on: .vanished, MoveFacts(at: Date(), reason: "its records can't be read"))
        }
        let count = job.state == .starting ? mover.retries.countUnlaunched(job) : 1
        let isHopeless = count > Self.maximumUnlaunched
        let reason = isHopeless ? "its worker never started, \(count) times" : "its worker never started"
        // Cleared away before the move: after it the next attempt may come for the output.
        try? await pool.run { try AttemptFolder(run).clear() }
        try await end(job, run, on: isHopeless ? .cannotStart : .neverLaunched, MoveFacts(at: Date(), reason: reason))
    }

    private func setAside(_ job: JobRecord, _ run: RunDirectory, _ flaws: [String]) async throws {
        guard try await pool.run({ [executor] in try executor.fence(run) }) else { return }
        Failpoint.reviewFenced.reach()
        let aside = AttemptFolder.aside(run)
        logger.error(
            "A run directory makes no sense and is kept aside",
            metadata: ["path": "\(aside)", "flaws": "\(flaws)"]
        )
        try await pool.run { try Folder.rename(run.path, to: aside) }
        let reason = "its records can't be read: \(flaws.joined(separator: "; "))"
        try await end(job, run, on: .vanished, MoveFacts(at: Date(), reason: reason))
    }

    /// The attempt is over.
    private func end(_ job: JobRecord, _ run: RunDirectory, on event: JobEvent, _ facts: MoveFacts) async throws {
        watcher.remove(run)
        try await mover.move(job, from: [.starting, .running, .stopping], on: event, facts)
        Failpoint.reviewSettled.reach()
        // The job's /tmp is of no more use to anybody. A crash before this leaves it with the run directory.
        try? await pool.run { try AttemptFolder(run).clearTemporary() }
    }
}

extension ReconcileDecision.Loss {
    fileprivate var reason: String {
        switch self {
        case .workerGone: "its worker vanished without a record: it was killed"
        case .machineRestarted: "the machine was restarted while it ran"
        case .directoryGone: "its run directory vanished with all that was to know"
        }
    }
}

extension BootInstant {
    /// When the command started, where its worker noted that.
    fileprivate init?(_ evidence: RunEvidence) {
        guard let nanoseconds = evidence.started?.sinceBoot, let worker = evidence.worker else { return nil }
        self.init(bootID: worker.record.process.bootID, nanoseconds: nanoseconds)
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
            finished: Date(exit.finished),
            duration: exit.started == nil ? nil : .nanoseconds(max(0, exit.duration))
        )
    }
}

extension Date {
    init(_ time: WallTime) {
        self.init(timeIntervalSince1970: Double(time.nanoseconds) / 1_000_000_000)
    }
}
