import FloydLab
import FloydOS

/// What the machine itself takes for the least of what other measures do, without Floydlite: no target can be below it.
struct Floor: Measure {
    let name = "floor"
    let about = """
        without Floydlite: `bash -c true` for each job of submit-1000, alone and in bubblewrap, as many at a time as the queue has slots; one line sent to 500 \
        connections by two threads; `cp` of the large file
        """

    private static let sandbox = [
        "bwrap", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--die-with-parent", "--new-session", "--ro-bind",
        "/", "/",
        "--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp",
    ]
    private static let job = ["bash", "-c", "true"]

    func run(_ bench: Bench) throws -> [Row] {
        var (jobs, sandboxed, tcp, unix) = (Samples(), Samples(), Samples(), Samples())
        var copies = [Samples(), Samples()]
        for round in 0..<(bench.rounds ?? 3) {
            jobs.add(try start(bench, Self.job))
            if Executable.find("bwrap") != nil { sandboxed.add(try start(bench, Self.sandbox + Self.job)) }
            tcp.add(contentsOf: try BareStreams(500, .tcp).delays(ofLines: 100))
            unix.add(contentsOf: try BareStreams(500, .unix).delays(ofLines: 100))
            for (index, scratch) in [bench.tmpfs, bench.disk].enumerated() {
                copies[index].add(try copy(round, bench, scratch))
            }
        }
        let size = "\(bench.uploadSize >> 20) MiB"
        return [
            Row(measure: "\(bench.jobs) × bash", ours: jobs),
            Row(measure: "\(bench.jobs) × bubblewrap and bash", ours: sandboxed),
            Row(measure: "line to 500 connections, TCP", ours: tcp),
            Row(measure: "line to 500 connections, Unix socket", ours: unix),
            Row(measure: "cp of \(size), tmpfs", ours: copies[0]),
            Row(measure: "cp of \(size), disk", ours: copies[1]),
        ]
    }

    /// Runs the program once for each job.
    private func start(_ bench: Bench, _ arguments: [String]) throws -> Nanoseconds {
        let numbers = "seq \(bench.jobs) | xargs -P \(bench.slots) -I{} \(arguments.joined(separator: " "))"
        return try Command("/bin/sh", ["-c", numbers]).succeed().time
    }

    private func copy(_ round: Int, _ bench: Bench, _ scratch: Scratch) throws -> Nanoseconds {
        let file = try LargeFile(bench.uploadSize, in: scratch)
        defer { try? Folder.removeTree(file.folder) }
        try scratch.settle()
        // Not by sharing blocks: then nothing is copied.
        return try Command("/bin/cp", ["--reflink=never", file.path, "\(file.path).copy"]).succeed().time
    }
}
