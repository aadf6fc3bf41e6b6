import ArgumentParser
import FloydAPI
import FloydClient
import FloydModel
import FloydProject

struct StopCommand: FloydCommand {
    static let configuration = CommandConfiguration(
        commandName: "stop",
        abstract: "Stop a queued or running job.",
        discussion: """
            The job gets SIGTERM, and what is left of it after the grace period is killed. A job that is being stopped already \
            can be given less time, never more.
            """
    )

    @Argument(
        help: "The job; without it the latest of this folder's project. With --all a project; without it this folder's."
    )
    var job: String?
    @Option(
        help: ArgumentHelp(
            "The time to end by itself: 30s, 10m, 2h; without it what the server's config says.",
            valueName: "time"
        )
    )
    var grace: String?
    @Flag(help: "Kill it at once.")
    var now = false
    @Flag(help: "Stop all jobs of the project that wait or run.")
    var all = false
    @OptionGroup var output: OutputOptions

    var wantsJSON: Bool { output.json }

    func validate() throws {
        if now, grace != nil { throw ValidationError("--now and --grace exclude each other") }
    }

    func execute(_ context: CommandContext) throws(FloydError) -> Int32 {
        let grace = try graceSeconds()
        let renderer = OutputRenderer(format: output.format, context: context)
        guard all else {
            let reference = try context.job(job)
            try renderer.render(StoppedJob(job: try context.client().stop(reference, grace: grace)))
            return ExitStatus.success
        }
        let project = try project(context)
        let stopped = try context.client().stopAll(of: project, grace: grace)
        if stopped.isEmpty { context.console.note("No job of \(project) waits or runs.") }
        try renderer.render(StoppedJobs(items: stopped))
        return ExitStatus.success
    }

    /// Seconds; nil: the server's choice.
    private func graceSeconds() throws(FloydError) -> Int? {
        if now { return 0 }
        guard let grace else { return nil }
        guard let seconds = TimeSpan.seconds(grace), seconds <= 86_400 else {
            throw FloydError(
                .invalidRequest,
                "\(grace.debugDescription) is no grace period",
                hint: "Give whole seconds up to a day: 30s, 10m, 2h."
            )
        }
        return seconds
    }

    /// The project whose jobs are meant.
    private func project(_ context: CommandContext) throws(FloydError) -> Reference {
        guard let job else {
            let project = try FolderMarker.project.required(in: context.folder)
            try context.checkOwner(of: project)
            return Reference(.name(owner: nil, name: project.name, number: nil))
        }
        // Whose it is, and who asks, the server knows.
        let argument = try ResourceArgument(parsing: job, in: .projects)
        let collection: FloydModel.Collection? = argument.owner == nil ? nil : .projects
        return Reference(.name(owner: argument.owner, name: argument.name, number: nil), collection: collection)
    }
}
