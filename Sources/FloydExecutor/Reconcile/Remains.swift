internal import FloydOS
internal import FloydRun
internal import Glibc

/// What may be left of an attempt whose worker is gone: the job's first process, with which the others end, and its groups.
struct Remains {
    private let groups: [CgroupFolder]
    private let first: ProcessIdentity?

    /// How long the kernel may take to end what was killed, before somebody has to look again.
    private static let patience: Int64 = 200_000_000

    /// - Parameter started: if the command had started.
    init(of worker: WorkerRecord, _ started: StartRecord?) {
        // After a restart of the machine nothing is left, and its pids and groups are others'.
        guard let boot = try? BootID.current(), boot == worker.process.bootID else {
            groups = []
            first = nil
            return
        }
        groups = worker.groups.map { CgroupFolder($0) }
        if let pid = started?.firstPID, let startTime = started?.firstStartTime {
            first = ProcessIdentity(pid: pid, startTime: startTime, bootID: boot)
        } else {
            first = nil
        }
    }

    var areLeft: Bool { first?.isAlive == true || groups.contains { !$0.isEmpty } }

    /// Ends them, and removes the groups. False if something needs longer to end.
    func end() -> Bool {
        let deadline = BootTimer.now + Self.patience
        while areLeft {
            _ = try? first?.signal(SIGKILL)
            for group in groups where !group.isEmpty { group.kill() }
            if BootTimer.now >= deadline { return !areLeft }
            usleep(2000)
        }
        // A group whose last member has not been reaped yet can't be removed; the next start of the daemon sees to it.
        for group in groups { try? group.remove() }
        return true
    }
}
