internal import FloydRun

/// What a look at the job's processes found.
struct MemorySample: Hashable {
    /// Bytes that they have together: the kernel's count for their group, else the sum of their parts.
    var used: Int64
    /// The most that it ever was, where the kernel keeps that.
    var peak: Int64?
    var largest: LimitHit.LargestProcess?
    /// Processes and threads; nil where nobody counted.
    var processes: Int?
    /// How many of them the kernel has killed for want of memory.
    var kills: Int64?
    /// Nanoseconds that the look took.
    var cost: Int64 = 0
}

/// When a job's memory and processes are looked at, and what follows. Decides and does nothing.
struct MemoryCourse {
    private let memory: Int64?
    private let processes: Int?
    /// Whether the kernel itself keeps the limit: then a look is for the words alone.
    private let isKept: Bool
    private(set) var nextLook: Int64?
    private var peak: Int64 = 0
    /// The look before, for the growth since.
    private var latest: (used: Int64, at: Int64)
    private var largest: LimitHit.LargestProcess?

    /// How often at most, and where there is no hurry.
    static let shortest: Int64 = 250_000_000
    static let longest: Int64 = 1_000_000_000

    /// - Parameters:
    ///   - memoryIsKept: whether the kernel keeps the limit of memory; `processesAreKept`: that of processes.
    ///   - now: nanoseconds since boot.
    init(_ limits: RunSpec.Limits, memoryIsKept: Bool, processesAreKept: Bool, at now: Int64) {
        memory = limits.memory
        processes = processesAreKept ? nil : limits.processes
        isKept = memoryIsKept
        latest = (0, now)
        nextLook = memory != nil || processes != nil ? now + Self.shortest : nil
    }

    func isDue(at now: Int64) -> Bool { nextLook.map { now >= $0 } ?? false }

    /// Takes note of a look, decides when the next one is, and says what was hit.
    mutating func take(_ sample: MemorySample, at now: Int64) -> LimitHit? {
        remember(sample)
        // A look never costs more than a twentieth of the time.
        nextLook = now + max(pause(sample, at: now), sample.cost * 20)
        latest = (sample.used, now)
        if let hit = killed(sample) { return hit }
        if let memory, !isKept, sample.used > memory {
            return .memory(used: sample.used, limit: memory, largest: sample.largest)
        }
        if let processes, let count = sample.processes, count > processes { return .processes(limit: processes) }
        return nil
    }

    /// Far from the limit, and where somebody else keeps it, there is no hurry; but who grows is to be seen once more before the end.
    private func pause(_ sample: MemorySample, at now: Int64) -> Int64 {
        guard isKept, processes == nil, let memory, sample.used < memory / 2 else { return Self.shortest }
        let growth = Double(sample.used - latest.used) / Double(max(1, now - latest.at))
        guard growth > 0 else { return Self.longest }
        let untilFull = Double(memory - sample.used) / growth
        return max(Self.shortest, Int64(min(Double(Self.longest), untilFull / 2)))
    }

    private mutating func remember(_ sample: MemorySample) {
        peak = max(peak, sample.used, sample.peak ?? 0)
        // The one that was killed was the largest before, not after.
        if let seen = sample.largest, seen.memory >= (largest?.memory ?? 0) { largest = seen }
    }

    /// The kernel killed a process of the job.
    private func killed(_ sample: MemorySample) -> LimitHit? {
        guard let kills = sample.kills, kills > 0 else { return nil }
        guard let memory, isNearLimit else { return .machineMemory(used: peak, largest: largest) }
        return .memory(used: peak, limit: memory, largest: largest)
    }

    /// A group is out of memory a little below its limit, where no more can be given back.
    private var isNearLimit: Bool {
        guard let memory, isKept else { return false }
        return peak >= memory - memory / 10
    }

    /// What the end of the command, and the counters after it, say.
    ///
    /// - Parameters:
    ///   - sample: the last look, without processes, for they are gone.
    ///   - machineKills: how many processes of any job or none the kernel has killed meanwhile: a hint where nobody counts the job's.
    mutating func end(_ end: StageEnd, _ sample: MemorySample?, machineKills: Int64) -> LimitHit? {
        if let sample {
            remember(sample)
            if let hit = killed(sample) { return hit }
            if sample.kills != nil { return nil }
        }
        guard machineKills > 0, end.cause == nil, end.wasKilled else { return nil }
        peak = max(peak, end.usage?.maximumMemory ?? 0)
        return .machineMemory(used: peak, largest: largest)
    }
}

extension StageEnd {
    /// Whether the command ended by SIGKILL, or says that a program which it ran did.
    fileprivate var wasKilled: Bool { termination == .signalled(9) || termination == .exited(code: 137) }
}
