import ArgumentParser
import FloydAPI
import FloydClient
import FloydModel
import FloydTree

struct DataListFilesCommand: FloydCommand {
    static let configuration = CommandConfiguration(
        commandName: "listfiles",
        abstract: "List the files of a dataset, or of a job's output, with their sizes."
    )

    @Argument(help: "A dataset (its latest version), NAME/NUMBER, or JOB/output.")
    var name: String
    @OptionGroup var output: OutputOptions

    var wantsJSON: Bool { output.json }

    func execute(_ context: CommandContext) throws(FloydError) -> Int32 {
        let target = try DataTarget(parsing: name, in: context)
        let client = try context.client()
        switch target {
        case .output(let job):
            let found = try client.output(of: job)
            var list = FileListing(name: found.name, format: output.format, console: context.console)
            for file in found.files {
                try list.add(ListedFile(path: file.path, type: file.type, size: file.size))
            }
            list.end()
            OutputCommand.tell(skipped: found.skipped, on: context.console)
        case .version(let reference):
            let version = try client.datasetVersion(reference)
            let manifest = try FetchedManifest(of: RemoteTree(version), client: client, context: context)
            var list = FileListing(name: version.name, format: output.format, console: context.console)
            var cursor = try manifest.cursor()
            while let entry = try cursor.next() { try list.add(ListedFile(entry)) }
            list.end()
        }
        return ExitStatus.success
    }
}
