/// When a job's folders are measured, and what follows. Decides and does nothing.
///
/// What is free on the file system costs nothing to ask, and no job can have grown by more than that shrank since its folders were last
/// measured, unless somebody else gave space back; so a walk is due when the limit could have been reached, and from time to time.
struct DiskCourse {
    private let limit: Int64
    private let places: [String]
    private(set) var nextLook: Int64
    private var earliestWalk: Int64
    private var latestWalk: Int64
    /// At the last walk.
    private var used: Int64 = 0
    private var free: Int64?
    private let freeAtStart: Int64?

    private static let interval: Int64 = 250_000_000
    static let longest: Int64 = 30_000_000_000

    /// - Parameters:
    ///   - places: the folders as the job knows them.
    ///   - free: bytes free on their file system; nil if nobody knows.
    ///   - now: nanoseconds since boot.
    init(limit: Int64, places: [String], free: Int64? = nil, at now: Int64) {
        self.limit = limit
        freeAtStart = free
        self.places = places
        nextLook = now + Self.interval
        earliestWalk = now
        latestWalk = now
    }

    func isDue(at now: Int64) -> Bool { now >= nextLook }

    /// Whether the folders must be measured now.
    ///
    /// - Parameter freeNow: bytes free on their file system; nil if nobody knows.
    mutating func mustWalk(free freeNow: Int64?, at now: Int64) -> Bool {
        nextLook = now + Self.interval
        guard now >= earliestWalk else { return false }
        guard let freeNow, let free else { return true }
        return now >= latestWalk || used + max(0, free - freeNow) > limit
    }

    /// A walk is over.
    ///
    /// - Parameters:
    ///   - freeBefore: what was free when it began.
    ///   - duration: nanoseconds that it took.
    mutating func walked(_ used: Int64, free freeBefore: Int64?, duration: Int64, at now: Int64) -> LimitHit? {
        self.used = used
        free = freeBefore
        // A walk never costs more than a twentieth of the time.
        earliestWalk = now + duration * 20
        latestWalk = now + Self.longest
        return tooMuch(used)
    }

    private func tooMuch(_ used: Int64) -> LimitHit? {
        used > limit ? .disk(used: used, limit: limit, places: places) : nil
    }

    // MARK: The end

    /// Whether the folders must be measured once more when the command has ended: it may have failed for want of space, or grown too
    /// much since anybody looked.
    func mustWalkAtEnd(failed: Bool, free freeNow: Int64?) -> Bool {
        guard !failed, let freeNow, let before = free ?? freeAtStart else { return failed }
        return used + max(0, before - freeNow) > limit
    }

    /// What the last walk says.
    ///
    /// - Parameter longestFile: bytes. A file ends at the limit only if the kernel let it grow no further (RLIMIT_FSIZE), which programs
    ///   that ignore SIGXFSZ are told as an error: Python does.
    func walkedAtEnd(_ used: Int64, longestFile: Int64, failed: Bool) -> LimitHit? {
        if failed, longestFile == limit { return .file(limit: limit) }
        return tooMuch(used)
    }
}
