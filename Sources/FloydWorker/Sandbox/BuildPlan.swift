internal import FloydOS
internal import FloydRun

/// From a preparation to the stages that run its steps: nothing happens here.
struct BuildPlan {
    let preparation: Preparation
    let isolation: RunSpec.Isolation
    let gracePeriod: Int
    /// Whom the worker acts as.
    let worker: UserIdentity
    /// A build is held to the limits of the job that needs it, but for the disk: what it makes is not in the job's folders.
    var limits = RunSpec.Limits()
    var group: Cgroup?
    /// Processes that the builder has already.
    var othersProcesses = 0

    /// One stage for each step, in order.
    func stages(_ host: HostLayout) -> [StagePlan] {
        let sandbox = sandbox(host)
        let limits = LimitPlan(
            limits: limits,
            group: group,
            hasUserNamespace: sandbox?.madeByRoot == false,
            othersProcesses: othersProcesses
        )
        return preparation.steps.map { step in
            StagePlan(
                sandbox: sandbox,
                entry: StageEntry(
                    namespaced: sandbox != nil,
                    identity: preparation.builder,
                    folder: temporary,
                    arguments: step,
                    environment: environment,
                    limits: limits.resourceLimits
                ),
                isSystem: true,
                gracePeriod: gracePeriod,
                limits: limits
            )
        }
    }

    private var temporary: String { isolation == .none ? preparation.temporary : SandboxPath.temporary }

    private var environment: [String] {
        JobPlan.merged(
            [
                .init("PATH", "/usr/local/bin:/usr/bin:/bin"), .init("HOME", temporary), .init("TMPDIR", temporary),
                .init("LANG", "C.UTF-8"), .init("USER", "builder"), .init("LOGNAME", "builder"),
            ] + preparation.variables
        )
    }

    /// What is built and the cache are all of the server that a build sees: building a source package runs its code.
    private func sandbox(_ host: HostLayout) -> SandboxPlan? {
        guard case .bubblewrap(let program) = isolation else { return nil }
        var mounts = SandboxPlan.foundation(host, user: preparation.builder ?? worker, named: "builder")
        mounts += [
            .writable(preparation.temporary, at: SandboxPath.temporary),
            .writable(preparation.root, at: SandboxPath.environment),
            .writable(preparation.cacheFolder, at: SandboxPath.cache),
        ]
        mounts += preparation.readOnlyPaths.map { .readOnly($0, at: $0) }
        return SandboxPlan(program: program, mounts: mounts, network: .host, madeByRoot: worker.uid == 0)
    }
}
