import ArgumentParser
import FloydClient
import FloydModel

struct InfoCommand: FloydCommand {
    static let configuration = CommandConfiguration(commandName: "info", abstract: "Show everything about a job.")

    @Argument(help: "The job; without it the latest of this folder's project.")
    var job: String?
    @OptionGroup var output: OutputOptions

    var wantsJSON: Bool { output.json }

    func execute(_ context: CommandContext) throws(FloydError) -> Int32 {
        let reference = try context.job(job)
        try OutputRenderer(format: output.format, context: context)
            .render(JobDetails(job: try context.client().job(reference)))
        return ExitStatus.success
    }
}
