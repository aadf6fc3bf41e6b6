import FloydLab
import FloydOS
import Glibc

/// Where the numbers come from: without that they mean nothing.
struct MachineFacts {
    let text: String

    init(_ bench: Bench) {
        let cpus = sysconf(Int32(_SC_NPROCESSORS_ONLN))
        let memory = Int64(sysconf(Int32(_SC_PHYS_PAGES))) * Int64(sysconf(Int32(_SC_PAGESIZE)))
        let model = Self.value(of: "model name", in: "/proc/cpuinfo") ?? "unknown"
        let facts = [
            ("machine", "\(cpus) × \(model), \(memory >> 30) GiB"),
            ("kernel", Self.line("/proc/sys/kernel/osrelease")),
            ("load before", Self.line("/proc/loadavg")),
            ("disk", "\(bench.disk.path) (\(Self.fileSystem(bench.disk.path)))"),
            ("tmpfs", "\(bench.tmpfs.path) (\(Self.fileSystem(bench.tmpfs.path)))"),
            ("binaries", bench.product.binaries.folder),
            ("floydlite", Self.version(bench.product.binaries.client, "version")),
            ("uv", bench.product.uv ?? "not found: no job can run; install it (pip install uv) or name it with --uv"),
            ("task-spooler", Self.version(Executable.find("tsp"), "-V")),
            ("nginx", Self.version(Executable.find("nginx"), "-v")),
            ("rsync", Self.version(Executable.find("rsync"), "--version")),
            ("curl", Self.version(Executable.find("curl"), "--version")),
            ("wrk", Self.version(Executable.find("wrk"), "-v")),
            ("bubblewrap", Self.version(Executable.find("bwrap"), "--version")),
        ]
        text = facts.map { Columns.line([$0.0, $0.1], widths: [14, 0]) }.joined(separator: "\n") + "\n"
    }

    /// The first line that the program says of itself.
    private static func version(_ program: String?, _ argument: String) -> String {
        guard let program else { return "not installed" }
        guard let said = try? Command(program, [argument]).run() else { return "unknown" }
        return (said.output + said.errors).split(separator: "\n").first.map(String.init) ?? "unknown"
    }

    private static func line(_ path: String) -> String {
        ProcessFile.text(path).split(separator: "\n").first.map(String.init) ?? "unknown"
    }

    private static func value(of key: String, in path: String) -> String? {
        ProcessFile.text(path).split(separator: "\n").first { $0.hasPrefix(key) }?
            .split(separator: ":", maxSplits: 1).last.map { String($0.drop { $0 == " " }) }
    }

    /// That of the longest mount point that `path` lies below (proc_pid_mountinfo(5)).
    private static func fileSystem(_ path: String) -> String {
        var best = (point: "", type: "unknown")
        for line in ProcessFile.text("/proc/self/mountinfo").split(separator: "\n") {
            let words = line.split(separator: " ").map(String.init)
            guard words.count > 4, let dash = words.lastIndex(of: "-"), dash + 1 < words.count else { continue }
            let point = words[4]
            let isAbove = point == "/" || path == point || path.hasPrefix(point + "/")
            if isAbove, point.utf8.count >= best.point.utf8.count { best = (point, words[dash + 1]) }
        }
        return best.type
    }
}
