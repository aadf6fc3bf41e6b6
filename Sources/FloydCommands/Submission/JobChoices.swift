import ArgumentParser
import FloydModel
import FloydProject

/// What may be said of a job on the command line, be it a new one or one that is run again.
struct JobChoices: ParsableArguments {
    @Option(help: "The environment.")
    var env: String?
    @Flag(help: "Run on an instance of type gpu.")
    var gpu = false
    @Flag(help: "Run on an instance of type cpu.")
    var cpu = false
    @Flag(help: .hidden)
    var gpu2 = false
    @Flag(help: .hidden)
    var cpu2 = false
    @Option(
        name: .customLong("data"),
        help: ArgumentHelp(
            "A dataset, a version or a job's output to mount, again for each.",
            valueName: "source[:mount]"
        )
    )
    var data: [String] = []
    @Option(name: .shortAndLong, help: "What this job is about.")
    var message: String?
    @Option(
        name: [.customShort("r"), .long],
        help: ArgumentHelp("End the job after that time: seconds, or 30m, 12h, 2d.", valueName: "time")
    )
    var maxRuntime: String?
    @Option(
        help: ArgumentHelp(
            "Try again so often if the job fails or is lost, with what is in /output so far; FLOYD_ATTEMPT counts.",
            valueName: "number"
        )
    )
    var retries: Int?

    /// nil: nothing is said of it.
    func instanceType() throws(FloydError) -> String? {
        guard !((gpu || gpu2) && (cpu || cpu2)) else {
            throw FloydError(.invalidRequest, "--cpu and --gpu exclude each other", hint: "Give one of them.")
        }
        return gpu || gpu2 ? "gpu" : cpu || cpu2 ? "cpu" : nil
    }

    func maxRuntimeSeconds() throws(FloydError) -> Int? {
        try maxRuntime.map { text throws(FloydError) in
            guard let seconds = TimeSpan.seconds(text) else {
                throw FloydError(
                    .invalidRequest,
                    "\(text.debugDescription) is no longest run time",
                    hint: "Give a number of seconds, or \(TimeSpan.forms)."
                )
            }
            return seconds
        }
    }
}
