import ArgumentParser
import FloydClient
import FloydModel

struct StatusCommand: FloydCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "List the jobs of this folder's project, or of all yours elsewhere."
    )

    @Argument(help: "One job.")
    var job: String?
    @OptionGroup var output: OutputOptions

    var wantsJSON: Bool { output.json }

    func execute(_ context: CommandContext) throws(FloydError) -> Int32 {
        let renderer = OutputRenderer(format: output.format, context: context)
        let client = try context.client()
        if let job {
            let found = try client.job(try context.job(job))
            switch output.format {
            case .table: try renderer.render(JobList(items: [found]))
            case .json: try renderer.render(JobDetails(job: found))
            }
            return ExitStatus.success
        }
        let project = try FolderMarker.project.load(in: context.folder)
        let jobs = try client.jobs(project: project?.name)
        if jobs.isEmpty {
            context.console.note("There are no jobs yet. Submit one with `floydlite run`.")
            if output.format == .table { return ExitStatus.success }
        }
        try renderer.render(JobList(items: jobs))
        return ExitStatus.success
    }
}
