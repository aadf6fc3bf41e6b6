internal import FloydExecutor
internal import FloydModel
internal import FloydOS
internal import FloydRun
internal import FloydStore

/// What a worker is told: a job as the database has it, on this machine, as a `RunSpec`.
struct RunPlan: Sendable {
    let machine: Machine
    let isolation: RunSpec.Isolation
    let gracePeriod: Duration
    let cgroups: CgroupSite
    /// Bytes of a log that are kept; 0: all.
    var logLimit: Int64 = 0
    /// Whether there is such a device node on this machine.
    let deviceExists: @Sendable (String) -> Bool

    /// - Parameters:
    ///   - inputs: the folders of the job's inputs on this machine, in their order.
    ///   - instanceType: as the config has it now.
    ///   - identity: whom it runs as; nil: the service's own user.
    func spec(
        _ job: JobRecord,
        inputs: [String],
        preparation: Preparation,
        layer: Layer? = nil,
        instanceType: InstanceType,
        identity: UserIdentity?
    ) -> RunSpec {
        var spec = RunSpec(
            jobID: job.id.string,
            jobName: job.name.description,
            attempt: job.attempt,
            command: job.command,
            isolation: isolation
        )
        spec.identity = identity
        spec.variables = [
            RunSpec.Variable("FLOYDHUB", "1"),
            RunSpec.Variable("PYTHONUNBUFFERED", "1"),
            RunSpec.Variable("FLOYD_JOB_ID", job.id.string),
            RunSpec.Variable("FLOYD_JOB_NAME", job.name.description),
            RunSpec.Variable("FLOYD_ATTEMPT", String(job.attempt)),
            RunSpec.Variable("CUDA_DEVICE_ORDER", "PCI_BUS_ID"),
            RunSpec.Variable("CUDA_VISIBLE_DEVICES", machine.visibleDevices(job.gpus)),
        ]
        let isSole = MountPlan.isSoleInput(job.inputs)
        spec.inputs = zip(job.inputs, inputs).map { input, path in
            RunSpec.Input(path: path, names: [input.mount], isInput: isSole)
        }
        spec.software = preparation.root
        spec.preparation = preparation
        spec.layer = layer
        spec.devices = machine.deviceNodes(job.gpus, existing: deviceExists)
        spec.network = instanceType.network == .host ? .host : .none
        spec.maximumRuntime = job.maxRuntime ?? instanceType.limits.maxRuntime
        spec.limits = Self.limits(of: instanceType)
        spec.cgroups = cgroups
        // Jobs share the processors by what was set aside for them, and use what others leave.
        spec.cpuWeight = min(10_000, max(1, instanceType.resources.cpus) * 100)
        spec.gracePeriod = Int(gracePeriod.components.seconds)
        spec.logLimit = logLimit
        return spec
    }

    private static func limits(of type: InstanceType) -> RunSpec.Limits {
        RunSpec.Limits(
            memory: type.resources.memory > 0 ? type.resources.memory : nil,
            processes: type.limits.processes,
            openFiles: type.limits.openFiles,
            disk: type.limits.disk
        )
    }
}
