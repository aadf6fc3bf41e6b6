import FloydLab
import FloydOS
import Glibc

/// What processes have had of the processors: unlike the time of day, it says the same while others are at work.
struct ProcessorTime {
    /// Seconds since the start of each, together (`utime` and `stime` of proc_pid_stat(5)).
    let seconds: Double

    init(of pids: [pid_t]) {
        let perSecond = Double(max(1, sysconf(Int32(_SC_CLK_TCK))))
        seconds = pids.reduce(0) { sum, pid in
            // The name before may hold anything but ends with the last parenthesis.
            let text = ProcessFile.text("/proc/\(pid)/stat")
            let words = text[(text.lastIndex(of: ")") ?? text.startIndex)...].split(separator: " ")
            guard words.count > 13, let user = Double(words[12]), let system = Double(words[13]) else { return sum }
            return sum + (user + system) / perSecond
        }
    }

    /// Of a process and those that it has started.
    static func ofFamily(_ pid: pid_t) throws -> ProcessorTime {
        ProcessorTime(of: [pid] + Descendants.of(pid, among: try ProcessStatus.all()).map(\.pid))
    }
}
