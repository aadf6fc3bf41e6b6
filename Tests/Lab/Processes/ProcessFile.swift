package import FloydOS
package import Glibc

/// What `/proc` says.
package enum ProcessFile {
    package static func text(_ path: String) -> String {
        let bytes = (try? DurableFile.read(path, limit: 1 << 24)) ?? nil
        return String(decoding: bytes ?? [], as: UTF8.self)
    }

    /// The command line, its words with spaces between them.
    package static func commandLine(_ pid: pid_t) -> String {
        String(text("/proc/\(pid)/cmdline").map { $0 == "\0" ? " " : $0 })
    }

    package static func name(_ pid: pid_t) -> String {
        String(text("/proc/\(pid)/comm").prefix { $0 != "\n" })
    }

    /// Those whose command line holds `text`.
    package static func processes(mentioning text: String) throws -> [ProcessStatus] {
        try ProcessStatus.all().filter { commandLine($0.pid).contains(text) }
    }
}

/// The memory of processes, in bytes.
package struct Memory {
    /// Resident.
    package var rss = 0.0
    /// Resident, where pages that several processes share count for each by its share.
    package var pss = 0.0

    /// Of one process (`/proc/PID/smaps_rollup`); zero if it is gone.
    package init(of pid: pid_t) {
        for line in ProcessFile.text("/proc/\(pid)/smaps_rollup").split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count > 1, let kibibytes = Double(words[1]) else { continue }
            if words[0] == "Rss:" { rss = kibibytes * 1024 }
            if words[0] == "Pss:" { pss = kibibytes * 1024 }
        }
    }

    /// The most that was resident at a time, of a process that lives.
    package static func peak(of pid: pid_t) -> Double {
        for line in ProcessFile.text("/proc/\(pid)/status").split(separator: "\n") where line.hasPrefix("VmHWM:") {
            return line.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap { Double($0) }.map
            { $0 * 1024 } ?? 0
        }
        return 0
    }

    /// Of several together.
    package init(of pids: [pid_t]) {
        for memory in pids.map({ Memory(of: $0) }) {
            rss += memory.rss
            pss += memory.pss
        }
    }
}
