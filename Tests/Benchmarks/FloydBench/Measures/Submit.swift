import FloydLab
import FloydModel

/// A person's `run`: from its start until the prompt is back.
struct Submit: Measure {
    let name = "submit"
    let about = "`floydlite run` with unchanged code, from its start to its end; `tsp true`"

    func run(_ bench: Bench) throws -> [Row] {
        let server = try Server(bench, in: bench.disk)
        defer { server.end() }
        let jobs = try JobRunner(server)
        let spooler = try TaskSpooler(bench)
        defer { spooler?.end() }
        let command = server.command(["run", "--json", "true"], in: server.project)
        let samples = try bench.rounds(
            50,
            [
                {
                    let finished = try command.succeed()
                    // Its job is out of the way before the next round.
                    _ = try jobs.end(of: ObjectID(printed: finished.output))
                    return finished.time
                },
                {
                    guard let spooler else { return nil }
                    let submitted = try spooler.submit(["true"])
                    try spooler.wait(for: submitted.id)
                    return submitted.time
                },
            ]
        )
        return [Row(measure: "submit (CLI)", ours: samples[0], peer: .taskSpooler(samples[1]))]
    }
}
