import ArgumentParser
import FloydClient
import FloydModel

struct InitCommand: FloydCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Make the current folder a project.",
        discussion: "Writes .floydexpt, and .floydignore unless there is one."
    )

    @Argument(help: "The project's name; it is made if you have none of that name.")
    var name: String
    @Flag(help: "Let every account see its jobs, also if it is there already; `floydlite visibility` changes it.")
    var `public` = false
    @OptionGroup var output: OutputOptions

    var wantsJSON: Bool { output.json }

    func execute(_ context: CommandContext) throws(FloydError) -> Int32 {
        let argument = try ResourceArgument(parsing: name, in: .projects)
        let client = try context.client()
        try argument.checkOwner(with: client)
        let project = try client.createProject(argument.name, isPublic: `public` ? true : nil)
        try FolderMarker.project.save(FolderMarker.Content(project), in: context.folder)
        try DefaultIgnoreFile.writeIfAbsent(in: context.folder)
        try OutputRenderer(format: output.format, context: context)
            .render(InitialisedFolder(resource: project, collection: .projects))
        return ExitStatus.success
    }
}
