import ArgumentParser
import FloydClient
import FloydModel

struct StopCommand: FloydCommand {
    static let configuration = CommandConfiguration(commandName: "stop", abstract: "Stop a queued or running job.")

    @Argument(help: "The job; without it the latest of this folder's project.")
    var job: String?
    @OptionGroup var output: OutputOptions

    var wantsJSON: Bool { output.json }

    func execute(_ context: CommandContext) throws(FloydError) -> Int32 {
        let reference = try context.job(job)
        try OutputRenderer(format: output.format, context: context)
            .render(StoppedJob(job: try context.client().stop(reference)))
        return ExitStatus.success
    }
}
