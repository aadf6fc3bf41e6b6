import ArgumentParser
import FloydModel

struct VersionCommand: FloydCommand {
    static let configuration = CommandConfiguration(commandName: "version", abstract: "Print the version.")

    @OptionGroup var output: OutputOptions

    var wantsJSON: Bool { output.json }

    func execute(_ context: CommandContext) throws(FloydError) -> Int32 {
        try OutputRenderer(format: output.format, context: context).render(ToolVersion())
        return ExitStatus.success
    }
}
