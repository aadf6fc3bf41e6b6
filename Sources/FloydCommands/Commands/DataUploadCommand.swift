import ArgumentParser
import FloydModel

/// What `upload` and `data upload` take.
struct UploadOptions: ParsableArguments {
    @Argument(help: "The dataset's name, in a folder that isn't a dataset yet.")
    var name: String?
    @Option(name: .shortAndLong, help: "What this version is about.")
    var message: String?
    @Flag(help: "Only show what would be sent, what is largest, and what is ignored.")
    var dryRun = false
    @OptionGroup var output: OutputOptions

    func execute(_ context: CommandContext) throws(FloydError) -> Int32 {
        let upload = DatasetUpload(client: try context.client(), context: context)
        let renderer = OutputRenderer(format: output.format, context: context)
        if dryRun {
            try renderer.render(upload.preview(name))
        } else {
            try renderer.render(UploadedVersion(version: upload.upload(name, message: message)))
        }
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
