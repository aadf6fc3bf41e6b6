public import Glibc

/// What a process has of the machine at the moment (`/proc/PID/stat`, proc(5)).
public struct ProcessUse: Sendable, Hashable {
    public var pid: pid_t
    /// What it calls itself, at most 15 bytes of its own choosing.
    public var name: String
    public var threads: Int
    /// Bytes of memory in the machine, those that it shares included.
    public var resident: Int64

    public init(pid: pid_t, name: String, threads: Int, resident: Int64) {
        self.pid = pid
        self.name = name
        self.threads = threads
        self.resident = resident
    }

    /// The use of whoever has `pid` now, or nil if nobody has.
    public static func of(_ pid: pid_t) -> ProcessUse? {
        guard let bytes = ProcessStatFile.read(pid) else { return nil }
        return ProcessUse(parsing: bytes, pageSize: Int64(sysconf(Int32(_SC_PAGESIZE))))
    }

    init?(parsing bytes: [UInt8], pageSize: Int64) {
        guard let file = ProcessStatFile(bytes), let threads: Int = file.number(20), let pages: Int64 = file.number(24)
        else { return nil }
        pid = file.pid
        self.threads = threads
        resident = max(0, pages) * pageSize
        // It may hold anything, and is shown to people.
        let name = String(decoding: file.name, as: UTF8.self)
        self.name = String(name.unicodeScalars.filter { $0.properties.generalCategory != .control })
    }

    /// Bytes of memory of the process, those that it shares counted by its part (`smaps_rollup`); nil if that can't be read.
    public static func proportional(_ pid: pid_t) -> Int64? {
        guard let bytes = try? DurableFile.read("/proc/\(pid)/smaps_rollup", limit: 8192) else { return nil }
        let line = bytes.split(separator: UInt8(ascii: "\n")).first { $0.starts(with: Array("Pss:".utf8)) }
        let words = line?.split(separator: UInt8(ascii: " "))
        guard let words, words.count > 1 else { return nil }
        return Int64(String(decoding: words[1], as: UTF8.self)).map { $0 * 1024 }
    }

    /// How many files the process has open, or nil if that can't be read (proc_pid_fd(5)).
    public static func openFiles(_ pid: pid_t) -> Int? {
        let path = "/proc/\(pid)/fd"
        // Since Linux 6.2 the folder's size says it; before, each has to be listed.
        guard let status = try? FileStatus.of(path) else { return nil }
        return status.size > 0 ? Int(status.size) : (try? Folder.names(in: path))?.count
    }

    /// Processes and threads of the user on this machine.
    public static func count(of user: uid_t) -> Int {
        let names = (try? Folder.names(in: "/proc")) ?? []
        return names.compactMap { pid_t($0) }.reduce(0) { sum, pid in
            guard let status = try? FileStatus.of("/proc/\(pid)"), status.uid == user else { return sum }
            return sum + (of(pid)?.threads ?? 0)
        }
    }

    /// `root` and all that descend from it, found by asking each for its children: the rest of the machine costs nothing.
    ///
    /// - Parameter maximum: how many are looked for at most.
    public static func tree(from root: pid_t, maximum: Int) -> [pid_t] {
        var found: [pid_t] = []
        var seen: Set<pid_t> = [root]
        var next = [root]
        while let pid = next.popLast(), found.count < maximum {
            found.append(pid)
            let tasks = (try? Folder.names(in: "/proc/\(pid)/task")) ?? []
            for task in tasks {
                guard let bytes = try? DurableFile.read("/proc/\(pid)/task/\(task)/children", limit: 1 << 22) else {
                    continue
                }
                for word in bytes.split(separator: UInt8(ascii: " ")) {
                    if let child = pid_t(String(decoding: word, as: UTF8.self)), seen.insert(child).inserted {
                        next.append(child)
                    }
                }
            }
        }
        return found
    }
}
