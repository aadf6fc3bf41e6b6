internal import FloydOS
internal import FloydRun
internal import Glibc

/// From a spec to the stage that runs its command: nothing happens here.
struct JobPlan {
    let spec: RunSpec
    let run: RunDirectory
    /// Whom the worker acts as.
    let worker: UserIdentity
    /// The attempt's, where it has one.
    var group: Cgroup?
    /// Processes that its user has already.
    var othersProcesses = 0

    private var isIsolated: Bool { spec.isolation != .none }
    private var home: String { isIsolated ? SandboxPath.home : run.home }
    private var output: String { isIsolated ? SandboxPath.output : run.output }
    private var temporary: String { isIsolated ? SandboxPath.temporary : run.temporary }
    private var inputs: String { isIsolated ? SandboxPath.inputs : run.inputs }
    /// The folders of software, what comes first before what is below it.
    private var software: [String] {
        guard let base = spec.software else { return [] }
        guard let layer = spec.layer else { return [isIsolated ? SandboxPath.environment : base] }
        return [layer.preparation.rootSeen(under: spec.isolation), Layer.baseSeen(base, under: spec.isolation)]
    }

    func stage(_ host: HostLayout) -> StagePlan {
        let limits = limits
        return StagePlan(
            sandbox: sandbox(host),
            entry: StageEntry(
                namespaced: isIsolated,
                identity: spec.identity,
                folder: home,
                arguments: ["/bin/bash", "-c", spec.command],
                environment: environment,
                limits: limits.resourceLimits
            ),
            maximumRuntime: spec.maximumRuntime,
            gracePeriod: spec.gracePeriod,
            limits: limits
        )
    }

    private var limits: LimitPlan {
        LimitPlan(
            limits: spec.limits,
            group: group,
            folders: [run.home, run.output, run.temporary],
            places: isIsolated ? [home, output, temporary] : ["FLOYD_HOME", "FLOYD_OUTPUT", "TMPDIR"],
            hasUserNamespace: isIsolated && worker.uid != 0,
            othersProcesses: othersProcesses
        )
    }

    /// What the job's environment holds: what depends on paths, then the spec's own variables, of which a later one wins.
    var environment: [String] {
        let folders = ["/usr/local/bin", "/usr/bin", "/bin"]
        var variables: [RunSpec.Variable] = [
            .init("PATH", (software.map { "\($0)/bin" } + folders).joined(separator: ":")),
            .init("HOME", home), .init("PWD", home), .init("TMPDIR", temporary),
            .init("USER", spec.userName), .init("LOGNAME", spec.userName), .init("SHELL", "/bin/bash"),
            .init("LANG", "C.UTF-8"), .init("PYTHONUNBUFFERED", "1"),
            .init("FLOYDHUB", "1"), .init("FLOYD_JOB_ID", spec.jobID), .init("FLOYD_JOB_NAME", spec.jobName),
            .init("FLOYD_ATTEMPT", String(spec.attempt)),
            .init("FLOYD_HOME", home), .init("FLOYD_INPUT", inputs), .init("FLOYD_OUTPUT", output),
        ]
        if let software = software.first { variables.append(.init("VIRTUAL_ENV", software)) }
        // Without a device of its own a job must not take somebody else's.
        if spec.devices.isEmpty { variables.append(.init("CUDA_VISIBLE_DEVICES", "")) }
        return Self.merged(variables + spec.variables)
    }

    static func merged(_ variables: [RunSpec.Variable]) -> [String] {
        variables.indices.compactMap { index in
            let variable = variables[index]
            let isCovered = variables[(index + 1)...].contains { $0.name == variable.name }
            return isCovered ? nil : "\(variable.name)=\(variable.value)"
        }
    }

    private func sandbox(_ host: HostLayout) -> SandboxPlan? {
        guard case .bubblewrap(let program) = spec.isolation else { return nil }
        var mounts = SandboxPlan.foundation(host, user: spec.identity ?? worker, named: spec.userName)
        mounts += [
            .writable(run.temporary, at: SandboxPath.temporary),
            .writable(run.home, at: SandboxPath.home),
            .writable(run.output, at: SandboxPath.output),
            .folder(SandboxPath.inputs),
        ]
        mounts += inputMounts
        mounts += zip([spec.layer?.preparation.root, spec.software].compactMap { $0 }, software).map {
            .readOnly($0, at: $1)
        }
        mounts += spec.devices.map { .device($0) }
        // CUDA's libraries find out there how the cards are connected.
        if !spec.devices.isEmpty { mounts.append(.readOnly("/sys", at: "/sys")) }
        return SandboxPlan(
            program: program,
            mounts: mounts,
            network: spec.network,
            madeByRoot: worker.uid == 0
        )
    }

    /// Each input under its names and, where that is free, in `/`. The first one to claim a path has it.
    private var inputMounts: [SandboxPlan.Mount] {
        var seen: Set<String> = []
        var mounts: [SandboxPlan.Mount] = []
        func mount(_ source: String, _ path: String) {
            if seen.insert(path).inserted { mounts.append(.readOnly(source, at: path)) }
        }
        for input in spec.inputs {
            if input.isInput { mount(input.path, SandboxPath.input) }
        }
        for input in spec.inputs {
            for name in input.names {
                mount(input.path, "\(SandboxPath.inputs)/\(name)")
                if !SandboxPath.takenNames.contains(name) { mount(input.path, "/\(name)") }
            }
        }
        return mounts
    }
}
