import FloydLab
import FloydModel
import FloydOS
import Glibc

/// How soon a line that a job prints is seen by whoever follows its log.
struct Line: Measure {
    let name = "line"
    let about = """
        from a line's printing to its arrival at each follower; `tail -f` on a file, and `srun` where it is installed: \
        `floydlite logs -t --raw` processes, and 500 streams read by one program
        """

    /// Prints the monotonic clock every 20 ms, for a minute at most.
    private static let printer =
        "import os, time\nfor _ in range(3000):\n    os.write(1, b'%d\\n' % time.monotonic_ns())\n    time.sleep(0.02)\n"
    private static let lines = 100
    /// Where srun finds its cluster.
    private static let cluster = getenv("SLURM_CONF").map { ["SLURM_CONF=\(String(cString: $0))"] } ?? []

    func run(_ bench: Bench) throws -> [Row] {
        let server = try Server(bench, in: bench.disk)
        defer { server.end() }
        let jobs = try JobRunner(server)
        // As `tail -f` does it: without a network.
        let local = try Server(bench, in: bench.disk, usesSocket: true)
        defer { local.end() }
        let localJobs = try JobRunner(local)
        let rounds = bench.rounds ?? 3
        var (one, oneTail, oneSrun) = (Samples(), Samples(), Samples())
        var (streams, localStreams, processes, tails) = (Samples(), Samples(), Samples(), Samples())
        for _ in 0..<rounds {
            one.add(contentsOf: try followJob(server, jobs, 1))
            oneTail.add(contentsOf: try followFile(bench, 1))
            oneSrun.add(contentsOf: try followSrun())
            streams.add(contentsOf: try streamJob(server, jobs, 500))
            localStreams.add(contentsOf: try streamJob(local, localJobs, 500))
            tails.add(contentsOf: try followFile(bench, 500))
            processes.add(contentsOf: try followJob(server, jobs, 100))
        }
        return [
            Row(measure: "line to 1 follower", ours: one, peer: .measured("tail -f", oneTail)),
            Row(measure: "line to 1 follower", ours: one, peer: .measured("srun", oneSrun)),
            Row(measure: "line to 500 followers' streams", ours: streams, peer: .measured("500 tail -f", tails)),
            Row(measure: "the same by Unix socket", ours: localStreams, peer: .measured("500 tail -f", tails)),
            Row(measure: "line to 100 processes that follow", ours: processes),
        ]
    }

    private func followJob(_ server: Server, _ jobs: JobRunner, _ followers: Int) throws -> Samples {
        try withPrinter(jobs) { id in
            try Followers(followers, server.command(["logs", "-t", "--raw", id.string], in: server.project))
                .delays(ofLines: Self.lines)
        }
    }

    private func streamJob(_ server: Server, _ jobs: JobRunner, _ followers: Int) throws -> Samples {
        try withPrinter(jobs) { id in
            try LogStreams(followers, of: id, from: server).delays(ofLines: Self.lines)
        }
    }

    private func withPrinter(_ jobs: JobRunner, _ body: (ObjectID) throws -> Samples) throws -> Samples {
        let id = try jobs.submit("exec python3 -c \"\(Self.printer)\"")
        defer { _ = try? jobs.stop(id) }
        return try body(id)
    }

    private func followFile(_ bench: Bench, _ followers: Int) throws -> Samples {
        guard let tail = Executable.find("tail"), let python = Executable.find("python3") else { return Samples() }
        let path = "\(try bench.disk.folder("tail"))/log"
        let file = try FileDescriptor.open(path, O_WRONLY | O_CREAT | O_APPEND, mode: 0o644)
        let printer = try Child(Command(python, ["-c", Self.printer]), output: file.raw)
        defer { printer.end() }
        return try Followers(followers, Command(tail, ["-f", path])).delays(ofLines: Self.lines)
    }

    /// What srun passes on of a job of its own; nothing where there is no cluster that runs it.
    private func followSrun() throws -> Samples {
        guard let srun = Executable.find("srun"), let python = Executable.find("python3"),
            try Command(srun, ["--immediate=5", "true"], environment: Self.cluster).run().status == 0
        else { return Samples() }
        let command = Command(srun, ["--unbuffered", python, "-c", Self.printer], environment: Self.cluster)
        return try Followers(1, command).delays(ofLines: Self.lines)
    }
}
