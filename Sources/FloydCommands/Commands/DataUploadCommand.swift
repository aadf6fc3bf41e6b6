import ArgumentParser
import FloydModel

/// What `upload` and `data upload` take.
struct UploadOptions: ParsableArguments {
    @Argument(help: "The dataset's name, in a folder that isn't a dataset yet.")
    var name: String?
    @Option(name: .shortAndLong, help: "What this version is about.")
    var message: String?
    @OptionGroup var output: OutputOptions

    func execute(_ context: CommandContext) throws(FloydError) -> Int32 {
        let version = try DatasetUpload(client: try context.client(), context: context).upload(name, message: message)
        try OutputRenderer(format: output.format, context: context).render(UploadedVersion(version: version))
        return ExitStatus.success
    }
}

struct DataUploadCommand: FloydCommand {
    static let configuration = CommandConfiguration(
        commandName: "upload",
        abstract: "Send the current folder as a new version of its dataset.",
        discussion: "With a name, in a fresh folder: the same as `data init NAME` and `data upload` together."
    )

    @OptionGroup var options: UploadOptions

    var wantsJSON: Bool { options.output.json }

    func execute(_ context: CommandContext) throws(FloydError) -> Int32 {
        try options.execute(context)
    }
}
