import ArgumentParser
import FloydModel

struct UploadCommand: FloydCommand {
    static let configuration = CommandConfiguration(
        commandName: "upload",
        abstract: "Send the current folder as a new version of its dataset: `data upload`.",
        discussion: "With a name, in a fresh folder: the same as `data init NAME` and `data upload` together."
    )

    @OptionGroup var options: UploadOptions

    var wantsJSON: Bool { options.output.json }

    func execute(_ context: CommandContext) throws(FloydError) -> Int32 {
        try options.execute(context)
    }
}
