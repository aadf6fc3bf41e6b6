import FloydLab
import FloydModel

/// How long a job on an idle machine waits for its first instruction.
struct Start: Measure {
    let name = "start"
    let about = "from the submit's start to the job's first instruction; with `tsp`"

    /// The job reads the clock as the first thing it does, in the shell that every job has.
    private static let stamp = "echo $EPOCHREALTIME"

    func run(_ bench: Bench) throws -> [Row] {
        let sandboxed = try Server(bench, in: bench.disk, isolation: .bubblewrap)
        defer { sandboxed.end() }
        let bare = try Server(bench, in: bench.disk, isolation: .none)
        defer { bare.end() }
        let (sandboxedJobs, bareJobs) = (try JobRunner(sandboxed), try JobRunner(bare))
        let spooler = try TaskSpooler(bench)
        defer { spooler?.end() }
        let samples = try bench.rounds(
            50,
            [
                { try Self.throughCommand(sandboxed, sandboxedJobs) },
                { try Self.throughInterface(sandboxedJobs) },
                { try Self.throughCommand(bare, bareJobs) },
                { try Self.throughInterface(bareJobs) },
                { try spooler.flatMap { try Self.through($0) } },
            ]
        )
        let names = ["CLI, sandbox", "API, sandbox", "CLI, isolation none", "API, isolation none"]
        return zip(names, samples).map { name, ours in
            Row(measure: "start (\(name))", ours: ours, peer: .taskSpooler(samples[4]))
        }
    }

    private static func throughCommand(_ server: Server, _ jobs: JobRunner) throws -> Nanoseconds? {
        let command = server.command(["run", "--json", stamp], in: server.project)
        return try span {
            let finished = try command.succeed()
            rest()
            return try jobs.end(of: ObjectID(printed: finished.output))
        }
    }

    private static func throughInterface(_ jobs: JobRunner) throws -> Nanoseconds? {
        try span {
            let id = try jobs.submit(stamp)
            rest()
            return try jobs.end(of: id)
        }
    }

    private static func through(_ spooler: TaskSpooler) throws -> Nanoseconds? {
        try span {
            let submitted = try spooler.submit(["bash", "-c", stamp])
            rest()
            try spooler.wait(for: submitted.id)
            return try spooler.output(of: submitted.id)
        }
    }

    /// Whoever asks for the output takes no time from the job while it starts.
    private static func rest() {
        Clock.sleep(milliseconds: 30)
    }

    /// From now to the time of day that `body` brings; nil if the clock of the day was set meanwhile.
    private static func span(_ body: () throws -> String) throws -> Nanoseconds? {
        let difference = Clock.fromTimeOfDay
        let before = Clock.now
        let output = try body()
        guard let seconds = Double(output.prefix { $0 != "\n" }) else {
            throw LabError("a job printed \(output.debugDescription) for the time")
        }
        guard abs(Clock.fromTimeOfDay - difference) < 50_000 else { return nil }
        return Nanoseconds(seconds * 1_000_000) * 1000 + difference - before
    }
}
