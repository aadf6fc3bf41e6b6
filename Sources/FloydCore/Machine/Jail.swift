internal import FloydExecutor
internal import FloydModel
internal import FloydOS
internal import FloydRun

/// Whether and how jobs are kept apart on this machine.
struct Jail: Sendable {
    let runIsolation: RunSpec.Isolation
    /// Why jobs can't run here, if they can't.
    let refusal: FloydError?

    /// Tries a sandbox. Blocks for some hundredths of a second.
    ///
    /// - Parameter identity: a user that jobs would run as, where the daemon is root.
    init(_ isolation: ServerConfiguration.Isolation, workerProgram: String, identity: UserIdentity?) {
        switch isolation {
        case .none:
            runIsolation = .none
            refusal = nil
        case .bubblewrap:
            switch IsolationProbe(workerProgram: workerProgram, identity: identity).run() {
            case .available(let program):
                runIsolation = .bubblewrap(program: program)
                refusal = nil
            case .unavailable(let reason, let hint):
                // Never used: every job is refused.
                runIsolation = .bubblewrap(program: "/nonexistent/bwrap")
                refusal = FloydError(.isolationUnavailable, "jobs can't be kept apart here: \(reason)", hint: hint)
            }
        }
    }
}
