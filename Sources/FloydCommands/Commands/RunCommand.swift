import ArgumentParser
import FloydAPI
import FloydClient
import FloydModel
import FloydProject

struct RunCommand: FloydCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Send the current folder and run a command in it.",
        discussion: """
            The command is one string for bash; several words, and words after `--`, are joined with spaces. What is not \
            given is taken from floyd.yml: the task's values first, then those of the top level.

            With --follow the log is shown up to the job's end, and the exit status is the job's; with --json too, each line \
            is a document: the job, the records of its log, the job as it ended.
            """
    )

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
    @Option(help: "The task of floyd.yml to run.")
    var task: String?
    @Flag(name: .shortAndLong, help: "Show the log up to the job's end.")
    var follow = false
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
    @OptionGroup var output: OutputOptions
    @Argument(help: "The command.")
    var command: [String] = []

    var wantsJSON: Bool { output.json }

    func execute(_ context: CommandContext) throws(FloydError) -> Int32 {
        let project = try FolderMarker.project.required(in: context.folder)
        try context.checkOwner(of: project)
        let client = try context.client()
        let submission = Submission(client: client, context: context, project: project)
        let job = try submission.submit(try plan(in: context.folder, project))
        let renderer = OutputRenderer(format: output.format, context: context)
        // Much of it may come from floyd.yml or from the server.
        context.console.note(SubmittedJob.summary(of: job))
        guard follow else {
            try renderer.render(SubmittedJob(job: job))
            context.console.note("\nTo view logs enter:\n  floydlite logs -t \(job.name)")
            return ExitStatus.success
        }
        try renderer.renderLine(SubmittedJob(job: job))
        context.console.flush()
        return try LogFollower(
            client: client,
            context: context,
            format: output.json ? .json : .text,
            query: LogQuery(isFollowing: true)
        )
        .show(Reference(.id(job.id)))
    }

    /// What the words of the command line and floyd.yml ask for together.
    func plan(in folder: String, _ project: FolderMarker.Content) throws(FloydError) -> RunPlan {
        guard !((gpu || gpu2) && (cpu || cpu2)) else {
            throw FloydError(.invalidRequest, "--cpu and --gpu exclude each other", hint: "Give one of them.")
        }
        var given = RunPlan.Given()
        given.environment = env
        given.instanceType = gpu || gpu2 ? "gpu" : cpu || cpu2 ? "cpu" : nil
        given.data = data
        given.message = message
        given.task = task
        given.maxRuntime = try maxRuntime.map { text throws(FloydError) in
            guard let seconds = TimeSpan.seconds(text) else {
                throw FloydError(
                    .invalidRequest,
                    "\(text.debugDescription) is no longest run time",
                    hint: "Give a number of seconds, or \(TimeSpan.forms)."
                )
            }
            return seconds
        }
        given.retries = retries
        given.command = command.joined(separator: " ")
        return try RunPlan(given, folder: folder, project: project.resource(.projects))
    }
}
