public import FloydModel
public import FloydRun

/// How attempts are run. The run directory must be prepared, its `spec` written, before `launch`.
///
/// Every call may be repeated: what was done already is not done twice.
public protocol Executor: Sendable {
    /// Starts a worker for the attempt in `run`. Its `worker.json` says when it is up.
    ///
    /// A crash in the middle leaves a worker or none; `evidence` and `fence` tell.
    ///
    /// - Throws: `FloydError` if no worker was started; none will be then.
    func launch(_ run: RunDirectory) throws(FloydError)

    /// Asks the attempt's worker to end the job in order. False if there is no worker that lives.
    ///
    /// - Parameter grace: seconds between SIGTERM and SIGKILL, 0 for none; nil: what the attempt's spec says. Asked again with less, what
    ///   remains is shortened; it is never made longer.
    func stop(_ run: RunDirectory, grace: Int?) throws(FloydError) -> Bool

    /// Ends what remains of an attempt whose worker is gone (`RunEvidence.remains`). True when nothing is left of it; else it is to be
    /// called again soon. What it looks for it takes from the run directory, which must still be there.
    func endRemains(of run: RunDirectory) throws(FloydError) -> Bool

    /// What there is to know about the attempt now.
    func evidence(of run: RunDirectory) throws(FloydError) -> RunEvidence

    /// Makes sure, durably, that no worker starts the attempt from now on. False if one has it already.
    func fence(_ run: RunDirectory) throws(FloydError) -> Bool
}
