import FloydExecutor
import FloydModel
import FloydOS
import FloydRun

/// An executor whose workers are what the test says.
final class FakeExecutor: Executor {
    struct State: Sendable {
        /// What a run directory says; where nothing stands here, that there is none.
        var evidence: [RunDirectory: RunEvidence] = [:]
        var launched: [RunDirectory] = []
        var stopped: [RunDirectory] = []
        /// The grace periods of the calls of `stop`, in their order.
        var graces: [Int?] = []
        /// Runs whose remains were to be ended.
        var ended: [RunDirectory] = []
        /// Runs of which something remains whatever is done.
        var undying: Set<RunDirectory> = []
        var fenced: [RunDirectory] = []
        /// Runs that a worker holds although nothing is to be seen of it yet.
        var held: Set<RunDirectory> = []
        var launchError: FloydError?
        var evidenceError: FloydError?
        /// Is called before a launch returns.
        var onLaunch: (@Sendable (RunDirectory) -> Void)?
    }

    private let state = Lock(State())

    var seen: State { state.value }

    func set(_ body: @Sendable (inout State) -> Void) {
        state.change(body)
    }

    func launch(_ run: RunDirectory) throws(FloydError) {
        if let error = seen.launchError { throw error }
        set { $0.launched.append(run) }
        seen.onLaunch?(run)
    }

    func stop(_ run: RunDirectory, grace: Int?) throws(FloydError) -> Bool {
        set {
            $0.stopped.append(run)
            $0.graces.append(grace)
        }
        return seen.evidence[run]?.worker?.isAlive == true
    }

    func endRemains(of run: RunDirectory) throws(FloydError) -> Bool {
        set {
            $0.ended.append(run)
            if !$0.undying.contains(run) { $0.evidence[run]?.remains = false }
        }
        return !seen.undying.contains(run)
    }

    func evidence(of run: RunDirectory) throws(FloydError) -> RunEvidence {
        if let error = seen.evidenceError { throw error }
        var none = RunEvidence()
        none.exists = false
        none.hasSpec = false
        return seen.evidence[run] ?? none
    }

    func fence(_ run: RunDirectory) throws(FloydError) -> Bool {
        if seen.held.contains(run) { return false }
        set { $0.fenced.append(run) }
        return true
    }
}

extension RunEvidence {
    /// A worker that lives or is gone, with what it has written.
    static func worker(alive: Bool, started: Bool = false, exit: ExitRecord? = nil) -> RunEvidence {
        var evidence = RunEvidence()
        evidence.worker = Worker(
            record: WorkerRecord(process: ProcessIdentity(pid: 1, startTime: 1, bootID: "boot")),
            isAlive: alive
        )
        if started { evidence.started = StartRecord(time: WallTime(nanoseconds: 1_800_000_000_000_000_000), pid: 7) }
        evidence.exit = exit
        return evidence
    }

    static var directoryAlone: RunEvidence { RunEvidence() }
}

extension ExitRecord {
    static func ended(_ outcome: Outcome, _ termination: Termination? = .exited(code: 0)) -> ExitRecord {
        ExitRecord(
            outcome: outcome,
            termination: termination,
            started: WallTime(nanoseconds: 1_800_000_000_000_000_000),
            finished: WallTime(nanoseconds: 1_800_000_005_000_000_000),
            logLength: 0
        )
    }
}
