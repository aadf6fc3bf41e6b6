internal import Glibc

/// What this process has taken of the machine since its start (proc(5)).
public struct ProcessFigures: Sendable, Hashable {
    /// User and system time, seconds.
    public var cpuSeconds: Double
    /// Seconds since 1970; nil where `/proc/stat` doesn't say when the machine started.
    public var startTime: Double?
    /// Bytes.
    public var virtualMemory: Int64
    /// Bytes.
    public var residentMemory: Int64
    public var threads: Int
    public var openDescriptors: Int
    public var maximumDescriptors: Int?

    /// nil where there is no `/proc`.
    public static func own() -> ProcessFigures? {
        guard let bytes = try? DurableFile.read("/proc/self/stat", limit: 4096),
            let names = try? Folder.names(in: "/proc/self/fd")
        else { return nil }
        let machine = (try? DurableFile.read("/proc/stat", limit: 1 << 20)).flatMap { $0 } ?? []
        guard
            var figures = ProcessFigures(
                stat: bytes,
                machine: machine,
                ticks: sysconf(Int32(_SC_CLK_TCK)),
                pageSize: sysconf(Int32(_SC_PAGESIZE))
            )
        else { return nil }
        // Less the one that the folder was read with.
        figures.openDescriptors = names.count - 1
        var limit = rlimit()
        if getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 {
            figures.maximumDescriptors = Int(clamping: limit.rlim_cur)
        }
        return figures
    }

    /// - Parameters:
    ///   - stat: `/proc/PID/stat`.
    ///   - machine: `/proc/stat`, of which the line `btime` is wanted.
    ///   - ticks: of the kernel's clock in a second.
    init?(stat: [UInt8], machine: [UInt8], ticks: Int, pageSize: Int) {
        guard let file = ProcessStatFile(stat), let user: Int64 = file.number(14), let system: Int64 = file.number(15),
            let threads: Int = file.number(20), let start: Int64 = file.number(22), let size: Int64 = file.number(23),
            let pages: Int64 = file.number(24), ticks > 0
        else { return nil }
        cpuSeconds = Double(user + system) / Double(ticks)
        let boot = machine.split(separator: UInt8(ascii: "\n")).first { $0.starts(with: Array("btime ".utf8)) }
        startTime = boot.flatMap { Double(String(decoding: $0.dropFirst(6), as: UTF8.self)) }
            .map { $0 + Double(start) / Double(ticks) }
        virtualMemory = size
        residentMemory = max(0, pages) * Int64(pageSize)
        self.threads = threads
        openDescriptors = 0
    }
}
