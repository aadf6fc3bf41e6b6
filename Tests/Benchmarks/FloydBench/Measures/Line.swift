import FloydLab
import FloydModel
import FloydOS
import Glibc

/// How soon a line that a job prints is seen by whoever follows its log.
struct Line: Measure {
    let name = "line"
    let about = "from a line's printing to its arrival at each `floydlite logs -t --raw`; `tail -f` on a file"

    /// Prints the monotonic clock every 20 ms, for a minute at most.
    private static let printer =
        "import os, time\nfor _ in range(3000):\n    os.write(1, b'%d\\n' % time.monotonic_ns())\n    time.sleep(0.02)\n"
    private static let lines = 100

    func run(_ bench: Bench) throws -> [Row] {
        let server = try Server(bench, in: bench.disk)
        defer { server.end() }
        let jobs = try JobRunner(server)
        var rows: [Row] = []
        for followers in [1, 100] {
            var (ours, tail) = (Samples(), Samples())
            for _ in 0..<(bench.rounds ?? 3) {
                ours.add(contentsOf: try followJob(server, jobs, followers))
                tail.add(contentsOf: try followFile(bench, followers))
            }
            let who = followers == 1 ? "1 follower" : "\(followers) followers"
            rows.append(Row(measure: "line to \(who)", ours: ours, peer: .measured("tail -f", tail)))
        }
        return rows
    }

    private func followJob(_ server: Server, _ jobs: JobRunner, _ followers: Int) throws -> Samples {
        let id = try jobs.submit("exec python3 -c \"\(Self.printer)\"")
        defer { _ = try? jobs.stop(id) }
        return try Followers(followers, server.command(["logs", "-t", "--raw", id.string], in: server.project))
            .delays(ofLines: Self.lines)
    }

    private func followFile(_ bench: Bench, _ followers: Int) throws -> Samples {
        guard let tail = Executable.find("tail"), let python = Executable.find("python3") else { return Samples() }
        let path = "\(try bench.disk.folder("tail"))/log"
        let file = try FileDescriptor.open(path, O_WRONLY | O_CREAT | O_APPEND, mode: 0o644)
        let printer = try Child(Command(python, ["-c", Self.printer]), output: file.raw)
        defer { printer.end() }
        return try Followers(followers, Command(tail, ["-f", path])).delays(ofLines: Self.lines)
    }
}
