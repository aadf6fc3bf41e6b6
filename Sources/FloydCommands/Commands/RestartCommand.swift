import ArgumentParser
import FloydAPI
import FloydClient
import FloydModel

struct RestartCommand: FloydCommand {
    static let configuration = CommandConfiguration(
        commandName: "restart",
        abstract: "Run a job that has ended again.",
        discussion: """
            The new job has the code, the data and everything else of that one but for what is given here; nothing is sent. It is the next \
            of the same project, or, where that is another's public one, of a project of yours with its name. With --data all of its data \
            are replaced.

            With --follow the log is shown up to the job's end, and the exit status is the job's.
            """
    )

    @OptionGroup var choices: JobChoices
    @Flag(name: .shortAndLong, help: "Show the log up to the job's end.")
    var follow = false
    @OptionGroup var output: OutputOptions
    @Argument(help: "The job.")
    var job: String
    @Argument(help: "The command; without it that job's.")
    var command: [String] = []

    var wantsJSON: Bool { output.json }

    func execute(_ context: CommandContext) throws(FloydError) -> Int32 {
        let reference = try context.job(job)
        let changes = try changes(context)
        let client = try context.client()
        let job = try client.restart(reference, changes)
        return try SubmittedJob(job: job).show(follow: follow, output, client, context)
    }

    private func changes(_ context: CommandContext) throws(FloydError) -> RestartJobRequest {
        var changes = RestartJobRequest()
        let words = command.joined(separator: " ")
        if !words.allSatisfy(\.isWhitespace) { changes.command = words }
        changes.environment = choices.env
        changes.instanceType = try choices.instanceType()
        changes.message = choices.message
        changes.maxRuntime = try choices.maxRuntimeSeconds()
        changes.retries = choices.retries
        guard !choices.data.isEmpty else { return changes }
        changes.data = try choices.data.map { text throws(FloydError) in
            try RunPlan.mount(
                parsing: text,
                FolderMarker.project.required(in: context.folder).resource(.projects)
            )
        }
        return changes
    }
}
