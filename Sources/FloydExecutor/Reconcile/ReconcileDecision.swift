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
    /// Its worker is gone and left no record, and nothing of the job lives.
    case lost(Loss)
    /// Its worker is gone, but something of the job lives on: it is to be ended, then looked at again. An attempt of which something
    /// runs is not over.
    case endRemains
    /// Its worker lives although the job is to end: ask it again.
    case stopAgain
    /// Files of the run directory make no sense. The directory is to be moved aside, not deleted, once the attempt is fenced; the attempt
    /// is lost.
    case setAside([String])

    /// What became of a worker without a record.
    public enum Loss: Sendable, Hashable {
        /// It was killed.
        case workerGone
        /// The machine has been started anew since.
        case machineRestarted
        /// With its run directory.
        case directoryGone
    }

    /// Decides about a job in `state` whose current attempt left `evidence`.
    public static func about(_ state: JobState, _ evidence: RunEvidence) -> ReconcileDecision {
        switch state {
        case .queued, .finished: aboutPast(evidence)
        case .starting, .running, .stopping: aboutActive(state, evidence)
        }
    }

    /// What the last attempt left is settled, a record that comes late included. A worker of it that still lives, and doesn't just end,
    /// must not go on, and neither must anything else of it.
    private static func aboutPast(_ evidence: RunEvidence) -> ReconcileDecision {
        if evidence.remains { return .endRemains }
        return evidence.isAlive && evidence.exit == nil ? .stopAgain : .nothing
    }

    private static func aboutActive(_ state: JobState, _ evidence: RunEvidence) -> ReconcileDecision {
        if evidence.remains { return .endRemains }
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
        if evidence.worker != nil { return .lost(evidence.isOfEarlierBoot ? .machineRestarted : .workerGone) }
        // The row moved on from starting because a worker was seen: without one now, it must have been lost with its directory.
        return state == .running ? .lost(.directoryGone) : .relaunchAfterFencing
    }
}

extension RunEvidence {
    fileprivate var isAlive: Bool { worker?.isAlive == true }
}
