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

    @OptionGroup var choices: JobChoices
    @Option(help: "The task of floyd.yml to run.")
    var task: String?
    @Flag(name: .shortAndLong, help: "Show the log up to the job's end.")
    var follow = false
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
        return try SubmittedJob(job: job).show(follow: follow, output, client, context)
    }

    /// What the words of the command line and floyd.yml ask for together.
    func plan(in folder: String, _ project: FolderMarker.Content) throws(FloydError) -> RunPlan {
        var given = RunPlan.Given()
        given.environment = choices.env
        given.instanceType = try choices.instanceType()
        given.data = choices.data
        given.message = choices.message
        given.task = task
        given.maxRuntime = try choices.maxRuntimeSeconds()
        given.retries = choices.retries
        given.command = command.joined(separator: " ")
        return try RunPlan(given, folder: folder, project: project.resource(.projects))
    }
}
