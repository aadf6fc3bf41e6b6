internal import FloydOS
internal import FloydRun

/// From a preparation to the stages that run its steps: nothing happens here.
struct BuildPlan {
    let preparation: Preparation
    let isolation: RunSpec.Isolation
    let gracePeriod: Int
    /// Whom the worker acts as.
    let worker: UserIdentity
    /// A build is held to the limits of the job that needs it; an environment's not to that of the disk, for it is not the job's.
    var limits = RunSpec.Limits()
    var group: Cgroup?
    /// Processes that the builder has already.
    var othersProcesses = 0
    /// What is different if a job's own packages are built rather than an environment.
    var layer: LayerSurroundings?

    /// What is built, for messages.
    var subject: String {
        layer == nil ? "environment \(preparation.title)" : "the layer of \(preparation.title)"
    }

    /// What counts against the limit of the disk, each folder once. An environment's build has none.
    private var measuredFolders: [String] {
        guard layer != nil else { return [] }
        let kept = [preparation.root, preparation.cacheFolder]
        return kept.filter { !scratch.contains($0) } + scratch
    }

    /// Folders that are the builder's while it builds, and no longer.
    var scratch: [String] { [preparation.temporary] + (layer?.scratch ?? []) }

    /// One stage for each step, in order.
    func stages(_ host: HostLayout) -> [StagePlan] {
        let sandbox = sandbox(host)
        let limits = LimitPlan(
            limits: limits,
            group: group,
            folders: measuredFolders,
            places: [subject],
            hasUserNamespace: sandbox?.madeByRoot == false,
            othersProcesses: othersProcesses
        )
        return preparation.steps.map { step in
            StagePlan(
                sandbox: sandbox,
                entry: StageEntry(
                    namespaced: sandbox != nil,
                    identity: preparation.builder,
                    folder: workingFolder,
                    arguments: step,
                    environment: environment,
                    limits: limits.resourceLimits
                ),
                isSystem: true,
                maximumRuntime: layer?.maximumRuntime,
                gracePeriod: gracePeriod,
                limits: limits
            )
        }
    }

    private var temporary: String { isolation == .none ? preparation.temporary : SandboxPath.temporary }

    private var workingFolder: String {
        guard let layer else { return temporary }
        return isolation == .none ? layer.layer.home : SandboxPath.home
    }

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
        mounts += layer?.mounts ?? []
        mounts += preparation.readOnlyPaths.map { .readOnly($0, at: $0) }
        return SandboxPlan(
            program: program,
            mounts: mounts,
            network: layer?.layer.network ?? .host,
            madeByRoot: worker.uid == 0
        )
    }
}

/// What the build of a job's own packages has besides: it runs what the job's owner wrote.
struct LayerSurroundings {
    let layer: Layer
    let run: RunDirectory
    /// Seconds that a step may take.
    let maximumRuntime: Int?

    fileprivate var scratch: [String] {
        [layer.home] + (layer.isShared ? [layer.preparation.cacheFolder] : [])
    }

    fileprivate var mounts: [SandboxPlan.Mount] {
        var mounts: [SandboxPlan.Mount] = [
            .writable(layer.home, at: SandboxPath.home), .readOnly(layer.base, at: SandboxPath.base),
            .readOnly(run.requirements, at: SandboxPath.requirements),
        ]
        if layer.readsCode { mounts.append(.readOnly(run.home, at: SandboxPath.code)) }
        return mounts
    }
}
