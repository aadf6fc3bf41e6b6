public import FloydModel
public import FloydRun

/// What is to be done about a job whose row says one thing while the world may say another.
public enum ReconcileDecision: Sendable, Hashable {
    /// Row and world agree, or the world will soon say more.
    case nothing
    /// The command runs.
    case markRunning
    /// It ended, and this is how.
    case settle(ExitRecord)
    /// It was never launched as far as can be seen. Only when the executor has fenced the attempt is that certain; a worker that comes
    /// up meanwhile makes fencing fail, and the evidence is to be gathered again.
    case relaunchAfterFencing
    /// Its worker is gone and left no record.
    case lost
    /// Its worker lives although the job is to end: ask it again.
    case stopAgain
    /// Files of the run directory make no sense. The directory is to be moved aside, not deleted, once the attempt is fenced; the attempt
    /// is lost.
    case setAside([String])

    /// Decides about a job in `state` whose current attempt left `evidence`.
    public static func about(_ state: JobState, _ evidence: RunEvidence) -> ReconcileDecision {
        switch state {
        case .queued, .finished:
            // What the last attempt left is settled. A worker of it that still lives, and doesn't just end, must not go on.
            evidence.isAlive && evidence.exit == nil ? .stopAgain : .nothing
        case .starting, .running, .stopping:
            aboutActive(state, evidence)
        }
    }

    private static func aboutActive(_ state: JobState, _ evidence: RunEvidence) -> ReconcileDecision {
        // The record wins, whatever else there is.
        if let exit = evidence.exit { return .settle(exit) }
        if evidence.isAlive {
            return switch state {
            case .stopping: .stopAgain
            case .starting where evidence.started != nil: .markRunning
            default: .nothing
            }
        }
        let vital = evidence.unreadable.filter { !$0.hasPrefix("started.json") }
        if !vital.isEmpty { return .setAside(vital) }
        if evidence.worker != nil { return .lost }
        // The row moved on from starting because a worker was seen: without one now, it must have been lost with its directory.
        return state == .running ? .lost : .relaunchAfterFencing
    }
}

extension RunEvidence {
    fileprivate var isAlive: Bool { worker?.isAlive == true }
}
