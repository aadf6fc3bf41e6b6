public import Glibc

/// The group of one attempt: a folder of its own in each hierarchy of a site.
public struct Cgroup: Sendable, Hashable {
    private struct Part: Hashable {
        var hierarchy: CgroupSite.Hierarchy
        var folder: CgroupFolder
    }

    private let parts: [Part]
    /// What its folders are called.
    public let name: String

    /// - Parameter name: nobody else's; a name for a folder.
    public init(_ site: CgroupSite, name: String) {
        self.name = name
        parts = site.hierarchies.map { Part(hierarchy: $0, folder: CgroupFolder("\($0.folder)/\(name)")) }
    }

    /// The folders, for whoever looks for what remains of the group.
    public var folders: [String] { parts.map(\.folder.path) }

    public func has(_ controller: CgroupSite.Controller) -> Bool { part(controller) != nil }

    private func part(_ controller: CgroupSite.Controller) -> Part? {
        parts.first { $0.hierarchy.controllers.contains(controller) }
    }

    /// Makes the folders. A crash leaves them empty, and `CgroupSite.sweep` removes them.
    public func make() throws(SystemError) {
        for part in parts {
            do throws(SystemError) {
                try Folder.create(part.folder.path, mode: 0o755)
            } catch {
                // Somebody tidied up since the server started.
                guard error.code == ENOENT else { throw error }
                try Folder.create(part.hierarchy.folder, mode: 0o755)
                if part.hierarchy.version == 2, !part.hierarchy.controllers.isEmpty {
                    let order = part.hierarchy.controllers.map { "+\($0.rawValue)" }.sorted().joined(separator: " ")
                    try CgroupFolder(part.hierarchy.folder).set("cgroup.subtree_control", order)
                }
                try Folder.create(part.folder.path, mode: 0o755)
            }
        }
    }

    /// Sets the limits, before anybody is in the group. What is nil isn't limited.
    ///
    /// - Parameters:
    ///   - memory: bytes, swap included.
    ///   - weight: the share of the processors, as version 2 counts it.
    public func limit(memory: Int64?, processes: Int?, weight: Int) throws(SystemError) {
        if let memory, let part = part(.memory) {
            if part.hierarchy.version == 2 {
                try part.folder.set("memory.max", "\(memory)")
                // Absent where the kernel knows no swap, and before Linux 4.19.
                try? part.folder.set("memory.swap.max", "0")
                try? part.folder.set("memory.oom.group", "1")
            } else {
                try part.folder.set("memory.limit_in_bytes", "\(memory)")
                try? part.folder.set("memory.memsw.limit_in_bytes", "\(memory)")
            }
        }
        if let processes, let part = part(.pids) { try part.folder.set("pids.max", "\(processes)") }
        // 100, in version 1 1024, is what a group has that nobody gave a share.
        if let part = part(.cpu), weight != 100 {
            if part.hierarchy.version == 2 {
                try part.folder.set("cpu.weight", "\(weight)")
            } else {
                try part.folder.set("cpu.shares", "\(max(2, weight * 1024 / 100))")
            }
        }
    }

    /// Files through which a process of one thread enters the group, by writing `0` to each: also one that can't see them, and the
    /// rights are those of who opened them.
    ///
    /// In version 1 that is `tasks`: to move oneself alone costs 30 µs, to be moved by somebody else an RCU grace period, up to 30 ms.
    public func openDoors() throws(SystemError) -> [Int32] {
        var doors: [Int32] = []
        do throws(SystemError) {
            for part in parts {
                let file = part.hierarchy.version == 2 ? "cgroup.procs" : "tasks"
                doors.append(try FileDescriptor.open("\(part.folder.path)/\(file)", O_WRONLY).release())
            }
        } catch {
            for door in doors { close(door) }
            throw error
        }
        return doors
    }

    public var isEmpty: Bool { parts.allSatisfy { $0.folder.isEmpty } }

    /// The processes in it.
    public var members: [pid_t] { (part(.memory) ?? part(.pids) ?? parts.first)?.folder.members ?? [] }

    /// Sends SIGKILL to all in it; to be repeated until it is empty.
    public func kill() {
        for part in parts where !part.folder.isEmpty { part.folder.kill() }
    }

    /// Removes the folders; somebody who has not quite ended yet may keep one from being removed.
    public func remove() throws(SystemError) {
        for part in parts { try part.folder.remove() }
    }

    /// Bytes of memory that it uses now, and the most it ever did; nil where the kernel doesn't count.
    public var memory: (now: Int64, peak: Int64)? {
        guard let part = part(.memory) else { return nil }
        let isUnified = part.hierarchy.version == 2
        guard let now = part.folder.number(isUnified ? "memory.current" : "memory.usage_in_bytes") else { return nil }
        let peak = part.folder.number(isUnified ? "memory.peak" : "memory.max_usage_in_bytes")
        return (now, max(now, peak ?? 0))
    }

    /// How many of its processes the kernel has killed for want of memory, in the group or in the machine.
    public var memoryKills: Int64? {
        guard let part = part(.memory) else { return nil }
        return part.folder.number("oom_kill", of: part.hierarchy.version == 2 ? "memory.events" : "memory.oom_control")
    }

    /// How often somebody in it could not fork because of the limit.
    public var refusedForks: Int64? { part(.pids)?.folder.number("max", of: "pids.events") }
}
