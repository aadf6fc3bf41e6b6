internal import FloydOS
internal import Glibc

/// What the stage's first process does to itself before there is a command: all that it forks inherits it.
enum ProcessLimits {
    /// Goes into the attempt's groups. Returns why that failed, if it did.
    static func enter(_ doors: [Int32]) -> SystemError? {
        for door in doors {
            var zero = UInt8(ascii: "0")
            if write(door, &zero, 1) != 1 { return SystemError("write", path: "the group's list of processes") }
        }
        return nil
    }

    /// When the machine has no memory left, a job's processes go before the server's.
    static func volunteerForKilling() {
        guard let file = try? FileDescriptor.open("/proc/self/oom_score_adj", O_WRONLY) else { return }
        try? file.write(all: Array("500".utf8))
    }

    /// Sets what the machine allows: a limit above what this process may set becomes that.
    static func apply(_ limits: StageEntry.ResourceLimits) {
        // A core would be as large as the job.
        set(RLIMIT_CORE, 0)
        if let openFiles = limits.openFiles { set(RLIMIT_NOFILE, openFiles) }
        if let fileSize = limits.fileSize { set(RLIMIT_FSIZE, fileSize) }
        if let processes = limits.processes { set(__RLIMIT_NPROC, processes) }
        if limits.niceness > 0 { _ = nice(Int32(limits.niceness)) }
    }

    private static func set(_ resource: __rlimit_resource, _ value: Int) {
        let number = __rlimit_resource_t(resource.rawValue)
        var limit = rlimit(rlim_cur: rlim_t(value), rlim_max: rlim_t(value))
        if setrlimit(number, &limit) == 0 { return }
        guard getrlimit(number, &limit) == 0 else { return }
        limit.rlim_max = min(limit.rlim_max, rlim_t(value))
        limit.rlim_cur = limit.rlim_max
        _ = setrlimit(number, &limit)
    }
}
