import ArgumentParser
import FloydClient
import FloydModel
import FloydTree

struct DataDiffCommand: FloydCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Show what is different between two versions of a dataset, or of two.",
        discussion: """
            A line each: `+` came, `-` went, `M` has other bytes, `m` became executable or is no longer. The exit status is 0 whether or not \
            there are differences.
            """
    )

    @Argument(help: "The old one: NAME/NUMBER.")
    var old: String
    @Argument(help: "The new one.")
    var new: String
    @OptionGroup var output: OutputOptions

    var wantsJSON: Bool { output.json }

    func execute(_ context: CommandContext) throws(FloydError) -> Int32 {
        let client = try context.client()
        let from = try tree(old, client, context)
        let to = try tree(new, client, context)
        var report = DifferenceReport(from: from.name, to: to.name, format: output.format, console: context.console)
        // Both first: a list that breaks off in the middle is of no use.
        let left = try FetchedManifest(of: from, client: client, context: context)
        let right = try FetchedManifest(of: to, client: client, context: context)
        var difference = try ManifestDifference(from: left.cursor(), to: right.cursor())
        report.begin()
        while let change = try difference.next() { try report.add(change) }
        report.end()
        return ExitStatus.success
    }

    private func tree(
        _ name: String,
        _ client: FloydClient,
        _ context: CommandContext
    ) throws(FloydError) -> RemoteTree {
        switch try DataTarget(parsing: name, in: context) {
        case .version(let reference):
            return RemoteTree(try client.datasetVersion(reference))
        case .output:
            throw FloydError(
                .invalidName,
                "\(name) is a job's output, whose files have no hashes to compare",
                hint: "Give two versions of datasets."
            )
        }
    }
}
