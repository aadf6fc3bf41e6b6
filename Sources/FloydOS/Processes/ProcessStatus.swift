public import Glibc

/// What `/proc/PID/stat` says of a process.
public struct ProcessStatus: Sendable, Hashable {
    public var pid: pid_t
    public var parent: pid_t
    /// Clock ticks after boot.
    public var startTime: UInt64
    /// Whether it has ended and only waits to be reaped.
    public var isZombie: Bool

    public init(pid: pid_t, parent: pid_t, startTime: UInt64, isZombie: Bool) {
        self.pid = pid
        self.parent = parent
        self.startTime = startTime
        self.isZombie = isZombie
    }

    /// The status of whoever has `pid` now, or nil if nobody has.
    public static func of(_ pid: pid_t) -> ProcessStatus? {
        ProcessStatFile.read(pid).flatMap(ProcessStatus.init(parsing:))
    }

    init?(parsing bytes: [UInt8]) {
        guard let file = ProcessStatFile(bytes), let parent: pid_t = file.number(4),
            let startTime: UInt64 = file.number(22)
        else { return nil }
        pid = file.pid
        self.parent = parent
        self.startTime = startTime
        isZombie = file.state == UInt8(ascii: "Z") || file.state == UInt8(ascii: "X")
    }

    /// Everybody there is.
    public static func all() throws(SystemError) -> [ProcessStatus] {
        try Folder.names(in: "/proc").compactMap { pid_t($0) }.compactMap { of($0) }
    }
}

/// The processes that descend from one: its children, theirs, and so on.
public enum Descendants {
    /// The descendants of `root` among `processes`, without the dead that wait to be reaped.
    public static func of(_ root: pid_t, among processes: [ProcessStatus]) -> [ProcessStatus] {
        let children = Dictionary(grouping: processes, by: \.parent)
        var found: [ProcessStatus] = []
        var seen: Set<pid_t> = [root]
        var parents = [root]
        while let parent = parents.popLast() {
            for child in children[parent] ?? [] where seen.insert(child.pid).inserted {
                parents.append(child.pid)
                if !child.isZombie { found.append(child) }
            }
        }
        return found
    }

    /// Sends the signal to all descendants of the calling process there are at the moment, and returns how many it reached.
    @discardableResult
    public static func signal(_ number: Int32) throws(SystemError) -> Int {
        let boot = try BootID.current()
        var reached = 0
        for process in of(getpid(), among: try ProcessStatus.all()) {
            let identity = ProcessIdentity(pid: process.pid, startTime: process.startTime, bootID: boot)
            // One may refuse (it runs a set-user-id program): the others are signalled all the same.
            if (try? identity.signal(number)) == true { reached += 1 }
        }
        return reached
    }

    /// Kills all descendants of the calling process there are, also those that fork faster than they can be killed one by one: all are
    /// stopped first, until no new ones are found. To be repeated until none is left.
    public static func end() throws(SystemError) {
        var stopped: Set<Key> = []
        for _ in 0..<maximumRounds {
            let boot = try BootID.current()
            let found = of(getpid(), among: try ProcessStatus.all())
            let new = found.filter { !stopped.contains(Key($0)) }
            if new.isEmpty { break }
            for process in new {
                let identity = ProcessIdentity(pid: process.pid, startTime: process.startTime, bootID: boot)
                // One may refuse (it runs a set-user-id program).
                _ = try? identity.signal(SIGSTOP)
            }
            stopped.formUnion(new.map(Key.init))
        }
        try signal(SIGKILL)
    }

    /// Whatever becomes of its parent meanwhile.
    private struct Key: Hashable {
        let pid: pid_t
        let startTime: UInt64

        init(_ process: ProcessStatus) {
            pid = process.pid
            startTime = process.startTime
        }
    }

    /// A tree that grows meanwhile grows more slowly with each round.
    private static let maximumRounds = 64
}
