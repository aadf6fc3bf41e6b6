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
    /// - Parameters:
    ///   - dataFolder: where jobs' folders are.
    ///   - identity: a user that jobs would run as, where the daemon is root.
    init(
        _ isolation: ServerConfiguration.Isolation,
        workerProgram: String,
        dataFolder: String,
        identity: UserIdentity?
    ) throws(SystemError) {
        switch isolation {
        case .none:
            runIsolation = .none
            let closed = identity == nil ? nil : try PathAccess.firstClosed(above: dataFolder)
            refusal = closed.map { folder in
                FloydError(
                    .isolationUnavailable,
                    "jobs' users can't get to their folders in \(dataFolder): \(folder) is closed to them",
                    hint: "Open it (chmod o+x \(folder)), choose another --data-dir, or use isolation: bubblewrap."
                )
            }
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
