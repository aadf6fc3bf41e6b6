internal import FloydRun

/// What a look found of the things that the kernel refuses to a job which has enough of them.
struct RefusalSample: Hashable {
    /// A process by its name, and how many files it has open.
    struct Holder: Hashable {
        var name: String
        var openFiles: Int
    }

    /// Processes and threads; nil where nobody counted.
    var processes: Int?
    /// Who has the most files open.
    var fullest: Holder?
    /// Nanoseconds that the look took.
    var cost: Int64 = 0
}

/// Who was seen at a limit beyond which the kernel refuses more. Nothing is ended for it, but a command that fails afterwards may have
/// failed for it. Decides and does nothing.
struct RefusalCourse {
    /// nil: it is not to be looked for.
    let processes: Int?
    let openFiles: Int?
    private(set) var nextLook: Int64?
    private(set) var hit: LimitHit?

    private static let interval: Int64 = 250_000_000

    /// - Parameters:
    ///   - processesAreCounted: whether the kernel itself tells of the processes that it refused.
    ///   - now: nanoseconds since boot.
    init(_ limits: RunSpec.Limits, processesAreCounted: Bool, at now: Int64) {
        processes = processesAreCounted ? nil : limits.processes
        openFiles = limits.openFiles
        nextLook = processes != nil || openFiles != nil ? now + Self.interval : nil
    }

    func isDue(at now: Int64) -> Bool { nextLook.map { now >= $0 } ?? false }

    /// Takes note of a look, and decides when the next one is.
    mutating func take(_ sample: RefusalSample, at now: Int64) {
        // A look never costs more than a fiftieth of the time.
        nextLook = now + max(Self.interval, sample.cost * 50)
        if let processes, let count = sample.processes, count >= processes {
            hit = .processes(limit: processes)
        } else if let openFiles, let fullest = sample.fullest, fullest.openFiles >= openFiles {
            hit = .openFiles(limit: openFiles, of: fullest.name)
        }
    }
}
