import ArgumentParser
import FloydClient
import FloydModel

struct DataGetFileCommand: FloydCommand {
    static let configuration = CommandConfiguration(
        commandName: "getfile",
        abstract: "Fetch one file of a dataset, or of a job's output.",
        discussion: "The file appears whole and verified, or not at all."
    )

    @Argument(help: "A dataset (its latest version), NAME/NUMBER, or JOB/output.")
    var name: String
    @Argument(help: "The file's path in it.")
    var path: String
    @Option(
        name: [.customLong("into"), .customLong("path")],
        help: ArgumentHelp("Where to: a folder, or a new name; here by default.", valueName: "place")
    )
    var into: String?
    @Flag(name: .shortAndLong, help: "Replace a file that differs.")
    var force = false
    @OptionGroup var output: OutputOptions

    var wantsJSON: Bool { output.json }

    func execute(_ context: CommandContext) throws(FloydError) -> Int32 {
        let target = try DataTarget(parsing: name, in: context)
        let scope = try PathScope(parsing: path)
        let client = try context.client()
        let download = FileDownload(
            client: client,
            context: context,
            place: FileDownload.Place(into.map { context.place($0) }, in: context.folder, of: scope.path),
            isForced: force
        )
        let summary =
            switch target {
            case .version(let reference):
                try download.fetch(scope.path, of: RemoteTree(client.datasetVersion(reference)))
            case .output(let job):
                try download.fetch(scope.path, ofOutputOf: client.job(job))
            }
        try OutputRenderer(format: output.format, context: context).render(FetchedFiles(summary: summary))
        return ExitStatus.success
    }
}
