internal import FloydOS
internal import FloydRun

/// What a stage may use, and who sees to it.
struct LimitPlan: Hashable {
    var limits = RunSpec.Limits()
    /// The attempt's group, where it has one.
    var group: Cgroup?
    /// The folders whose size is limited; none while an environment is built.
    var folders: [String] = []
    /// The same as the job knows them.
    var places: [String] = []
    /// Whether the stage has a user namespace of its own, in which the kernel counts its processes alone.
    var hasUserNamespace = false
    /// Processes and threads that the job's user has already, where the kernel counts those too.
    var othersProcesses = 0

    var memoryIsKept: Bool { group?.has(.memory) == true }

    var processesAreKept: Bool { group?.has(.pids) == true || hasUserNamespace }

    /// What the first process sets for itself and all that it starts.
    var resourceLimits: StageEntry.ResourceLimits {
        var resources = StageEntry.ResourceLimits()
        resources.openFiles = limits.openFiles
        if !folders.isEmpty { resources.fileSize = limits.disk.map(Int.init) }
        if group?.has(.pids) != true {
            resources.processes = limits.processes.map { $0 + (hasUserNamespace ? 0 : othersProcesses) }
        }
        // Where no group gives all jobs together one share of the processors, the daemon must come before each of them.
        if group?.has(.cpu) != true { resources.niceness = 10 }
        return resources
    }
}
