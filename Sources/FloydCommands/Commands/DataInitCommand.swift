import ArgumentParser
import FloydClient
import FloydModel

struct DataInitCommand: FloydCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Make the current folder a dataset.",
        discussion: "Writes .floyddata."
    )

    @Argument(help: "The dataset's name; it is made if you have none of that name.")
    var name: String
    @Flag(help: "Let every account see and use it, also if it is there already; `floydlite visibility` changes it.")
    var `public` = false
    @OptionGroup var output: OutputOptions

    var wantsJSON: Bool { output.json }

    func execute(_ context: CommandContext) throws(FloydError) -> Int32 {
        let argument = try ResourceArgument(parsing: name, in: .datasets)
        let client = try context.client()
        try argument.checkOwner(with: client)
        let dataset = try client.createDataset(argument.name, isPublic: `public` ? true : nil)
        try FolderMarker.dataset.save(FolderMarker.Content(dataset), in: context.folder)
        try OutputRenderer(format: output.format, context: context)
            .render(InitialisedFolder(resource: dataset, collection: .datasets))
        context.console.note("You can now upload your data to Floydlite by:\n  floydlite data upload")
        return ExitStatus.success
    }
}
