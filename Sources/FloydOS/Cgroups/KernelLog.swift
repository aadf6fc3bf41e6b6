internal import Glibc

/// What the kernel's log says of processes that it killed for want of memory (`/dev/kmsg`, in the kernel's ABI documentation). Who may read
/// it is the machine's to decide: root always may.
public enum KernelLog {
    /// A process that was killed.
    public struct Kill: Sendable, Hashable {
        public var name: String
        /// Bytes that it had in memory.
        public var memory: Int64
    }

    /// A record is no longer than this.
    private static let recordLimit = 8192

    /// The largest of those that were killed in a group, or nil if the log doesn't tell.
    ///
    /// - Parameter group: the name of the group's folder, which no other group ever had.
    public static func largestKill(inGroup group: String) -> Kill? {
        largestKill(inGroup: group, records())
    }

    /// The same of these records: one says whose process is killed, and another one what that process was.
    static func largestKill(inGroup group: String, _ records: [String]) -> Kill? {
        var pids: Set<Substring> = []
        var largest: Kill?
        for record in records {
            if let start = record.firstRange(of: "oom-kill:") {
                let fields = record[start.upperBound...].split(separator: ",")
                let folder = fields.first { $0.hasPrefix("task_memcg=") }?.split(separator: "/").last
                if folder.map(String.init) == group, let pid = fields.first(where: { $0.hasPrefix("pid=") }) {
                    pids.insert(pid.dropFirst("pid=".count))
                }
            } else if let (pid, kill) = kill(in: record), pids.contains(pid), kill.memory > (largest?.memory ?? 0) {
                largest = kill
            }
        }
        return largest
    }

    /// `… Killed process 13950 (python3) total-vm:63012kB, anon-rss:51584kB, file-rss:5256kB, shmem-rss:0kB, …`
    private static func kill(in record: String) -> (pid: Substring, kill: Kill)? {
        guard let start = record.firstRange(of: "Killed process "),
            let middle = record.firstRange(of: ") total-vm:"), start.upperBound < middle.lowerBound
        else { return nil }
        let process = record[start.upperBound..<middle.lowerBound]
        guard let space = process.firstRange(of: " (") else { return nil }
        var memory: Int64 = 0
        for field in record[middle.upperBound...].split(separator: ",") {
            let parts = field.drop { $0 == " " }.split(separator: ":")
            guard parts.count == 2, parts[0].hasSuffix("-rss"), parts[1].hasSuffix("kB") else { continue }
            memory += (Int64(parts[1].dropLast(2)) ?? 0) << 10
        }
        return (process[..<space.lowerBound], Kill(name: String(process[space.upperBound...]), memory: memory))
    }

    /// Those of its records that may be of interest.
    private static func records() -> [String] {
        guard let log = try? FileDescriptor.open("/dev/kmsg", O_RDONLY | O_NONBLOCK) else { return [] }
        var records: [String] = []
        var bytes = [UInt8](repeating: 0, count: recordLimit)
        while true {
            let count = read(log.raw, &bytes, bytes.count)
            // Records that are overwritten meanwhile are skipped.
            if count < 0 && (errno == EPIPE || errno == EINTR) { continue }
            guard count > 0 else { return records }
            let text = String(decoding: bytes[..<count], as: UTF8.self)
            if text.contains("oom-kill:") || text.contains("Killed process ") { records.append(text) }
        }
    }
}
