internal import FloydOS
internal import FloydRun
internal import Glibc

/// Looks at what a stage uses: does what the courses decide.
final class LimitWatch {
    private let plan: LimitPlan
    private var memory: MemoryCourse
    private var refusals: RefusalCourse
    /// The process at which a look at open files begins: one look may not come to all of them.
    private var turn = 0
    private var disk: DiskCourse?
    private var walk: DiskWalk?
    private var freeBeforeWalk: Int64?
    /// The machine's count when the stage began; nil where the group has one of its own.
    private let machineKills: Int64?
    private let refusedForks: Int64

    /// How long the log may wait for a walk, in nanoseconds.
    private static let slice: Int64 = 5_000_000
    /// How long processes are asked what they share, in nanoseconds.
    private static let budget: Int64 = 20_000_000
    /// How many processes are asked at one look for the files that they have open.
    private static let askedForFiles = 64
    /// How long the last walk may keep a job from its end, in nanoseconds.
    private static let lastWalk: Int64 = 2_000_000_000
    /// More processes than any limit allows are not looked for.
    private static let maximumProcesses = 1 << 17

    init(_ plan: LimitPlan) {
        self.plan = plan
        let now = BootTimer.now
        memory = MemoryCourse(
            plan.limits,
            memoryIsKept: plan.memoryIsKept,
            processesAreKept: plan.processesAreKept,
            at: now
        )
        let refusedForks = plan.group?.refusedForks
        refusals = RefusalCourse(plan.limits, processesAreCounted: refusedForks != nil, at: now)
        if let limit = plan.limits.disk, !plan.folders.isEmpty {
            disk = DiskCourse(
                limit: limit,
                places: plan.places,
                free: plan.folders.first.flatMap(FileSystem.free),
                at: now
            )
        }
        machineKills = plan.memoryIsKept ? nil : Self.machineKills
        self.refusedForks = refusedForks ?? 0
    }

    /// When there is something to look at again.
    var nextDeadline: Int64? {
        // A walk that is under way goes on at once.
        if walk != nil { return 1 }
        return [memory.nextLook, refusals.nextLook, disk?.nextLook].compactMap { $0 }.min()
    }

    /// Looks, if it is time.
    ///
    /// - Parameter first: the stage's first process.
    func look(first: @autoclosure () -> pid_t?, at now: Int64) -> LimitHit? {
        if memory.isDue(at: now) {
            var sample = sample(first: first())
            sample.cost = BootTimer.now - now
            if let hit = memory.take(sample, at: BootTimer.now) { return hit }
        }
        if refusals.isDue(at: now) {
            let began = BootTimer.now
            var sample = refusalSample(first: first())
            sample.cost = BootTimer.now - began
            refusals.take(sample, at: BootTimer.now)
        }
        return lookAtDisk(now)
    }

    // MARK: Memory and processes

    private func sample(first: pid_t?) -> MemorySample {
        guard let group = plan.group, let used = group.memory else { return watched(first) }
        var sample = MemorySample(used: used.now, peak: used.peak, kills: group.memoryKills)
        if let kills = sample.kills, kills > 0 { sample.largest = killed(in: group) }
        // Who is large is of interest only where it might become too large.
        if sample.largest == nil, let limit = plan.limits.memory, used.now >= limit / 2 {
            sample.largest = Self.largest(group.members.compactMap(ProcessUse.of))
        }
        if !plan.processesAreKept { sample.processes = watched(first).processes }
        return sample
    }

    /// Without the kernel's count: what the processes say one by one.
    private func watched(_ first: pid_t?) -> MemorySample {
        let pids = first.map { ProcessUse.tree(from: $0, maximum: Self.maximumProcesses) } ?? []
        // The first process is not the job's.
        let uses = pids.dropFirst().compactMap(ProcessUse.of)
        var sample = MemorySample(
            used: uses.reduce(0) { $0 + $1.resident },
            largest: Self.largest(uses),
            processes: uses.reduce(0) { $0 + $1.threads }
        )
        let isOver = !plan.processesAreKept && (sample.processes ?? 0) > (plan.limits.processes ?? .max)
        if let limit = plan.limits.memory, sample.used > limit, !isOver { sample.used = Self.divided(uses) }
        return sample
    }

    /// What the processes have together, if what they share counts once. The kernel takes long to say that, so the large ones are asked
    /// first, and after a while those that are left are taken to share as much as the others.
    private static func divided(_ uses: [ProcessUse]) -> Int64 {
        let deadline = BootTimer.now + budget
        var (asked, parts, rest): (Int64, Int64, Int64) = (0, 0, 0)
        for use in uses.sorted(by: { $0.resident > $1.resident }) {
            if BootTimer.now < deadline, let part = ProcessUse.proportional(use.pid) {
                asked += use.resident
                parts += part
            } else {
                rest += use.resident
            }
        }
        return asked > 0 ? parts + Int64(Double(rest) * Double(parts) / Double(asked)) : rest
    }

    private static func largest(_ uses: [ProcessUse]) -> LimitHit.LargestProcess? {
        uses.max { $0.resident < $1.resident }.map { LimitHit.LargestProcess(name: $0.name, memory: $0.resident) }
    }

    // MARK: What is refused

    private func refusalSample(first: pid_t?) -> RefusalSample {
        // The group's list is the cheaper one, but has processes alone.
        let members = refusals.processes == nil ? plan.group?.members : nil
        let pids = members ?? first.map { ProcessUse.tree(from: $0, maximum: Self.maximumProcesses) } ?? []
        var sample = RefusalSample()
        // The kernel counts the first process too, although it is not the job's.
        if refusals.processes != nil { sample.processes = pids.reduce(0) { $0 + (ProcessUse.of($1)?.threads ?? 0) } }
        if let limit = refusals.openFiles { sample.fullest = fullest(pids.filter { $0 != first }, limit: limit) }
        return sample
    }

    /// Who of some of `pids` has the most files open.
    private func fullest(_ pids: [pid_t], limit: Int) -> RefusalSample.Holder? {
        guard !pids.isEmpty else { return nil }
        turn = pids.count > Self.askedForFiles ? turn % pids.count : 0
        let asked = (pids.dropFirst(turn) + pids.prefix(turn)).prefix(Self.askedForFiles)
        turn += asked.count
        var most: (pid: pid_t, count: Int)?
        for pid in asked {
            if let count = ProcessUse.openFiles(pid), count > most?.count ?? 0 { most = (pid, count) }
            if let most, most.count >= limit { break }
        }
        guard let most, let name = ProcessUse.of(most.pid)?.name else { return nil }
        return RefusalSample.Holder(name: name, openFiles: most.count)
    }

    // MARK: Disk

    private func lookAtDisk(_ now: Int64) -> LimitHit? {
        if walk == nil, disk?.isDue(at: now) == true {
            let free = plan.folders.first.flatMap(FileSystem.free)
            if disk?.mustWalk(free: free, at: now) == true {
                walk = DiskWalk(plan.folders)
                freeBeforeWalk = free
            }
        }
        guard let walk, walk.advance(Self.slice) else { return nil }
        self.walk = nil
        return disk?.walked(walk.bytes, free: freeBeforeWalk, duration: walk.duration, at: BootTimer.now)
    }

    // MARK: The end

    /// The limit that made the command fail, if one did.
    func hit(at end: StageEnd) -> LimitHit? {
        let machineKills = machineKills.map { Self.machineKills - $0 } ?? 0
        if let hit = memory.end(end, lastSample, machineKills: machineKills) { return hit }
        guard end.failed else { return diskHit(at: end) }
        if let limit = plan.limits.processes, (plan.group?.refusedForks ?? 0) > refusedForks {
            return .processes(limit: limit)
        }
        // SIGXFSZ, or a program that a shell says ended by it.
        if let limit = plan.limits.disk, !plan.folders.isEmpty,
            end.termination == .signalled(25) || end.termination == .exited(code: 128 + 25)
        {
            return .file(limit: limit)
        }
        return diskHit(at: end) ?? refusals.hit
    }

    private func diskHit(at end: StageEnd) -> LimitHit? {
        guard let disk, end.cause == nil, end.termination != nil,
            disk.mustWalkAtEnd(failed: end.failed, free: plan.folders.first.flatMap(FileSystem.free))
        else { return nil }
        let walk = DiskWalk(plan.folders)
        // What it has not come to by then counts for nothing.
        _ = walk.advance(Self.lastWalk)
        return disk.walkedAtEnd(walk.bytes, longestFile: walk.longestFile, failed: end.failed)
    }

    /// What the group's counters say when all have left it. How much was used matters only if somebody was killed for it.
    private var lastSample: MemorySample? {
        guard let group = plan.group, let kills = group.memoryKills else { return nil }
        guard kills > 0, let used = group.memory else { return MemorySample(used: 0, kills: kills) }
        return MemorySample(used: used.now, peak: used.peak, largest: killed(in: group), kills: kills)
    }

    /// Whom the kernel killed: it may have been faster than any look.
    private func killed(in group: Cgroup) -> LimitHit.LargestProcess? {
        KernelLog.largestKill(inGroup: group.name).map { LimitHit.LargestProcess(name: $0.name, memory: $0.memory) }
    }

    /// How many processes the kernel has killed for want of memory since the machine started.
    private static var machineKills: Int64 {
        CgroupFolder("/proc").number("oom_kill", of: "vmstat") ?? 0
    }
}

extension StageEnd {
    fileprivate var failed: Bool { cause == nil && termination != nil && termination != .exited(code: 0) }
}
