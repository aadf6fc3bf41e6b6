import ArgumentParser
import FloydAPI
import FloydClient
import FloydModel

struct OutputCommand: FloydCommand {
    static let configuration = CommandConfiguration(
        commandName: "output",
        abstract: "List or fetch what a job left in /output.",
        discussion: """
            With --download, what is there already stays; a file that differs is replaced with --force alone. After a Ctrl-C or a lost network, run it again and it fetches the rest.
            """
    )

    @Argument(help: "The job; without it the latest of this folder's project.")
    var job: String?
    @Option(help: ArgumentHelp("Fetch the files into that folder.", valueName: "dir"))
    var download: String?
    @Flag(name: .shortAndLong, help: "With --download: replace files that differ.")
    var force = false
    @Option(name: .shortAndLong, help: "Only what is at that path in it, or below.")
    var path: String?
    @Flag(name: .shortAndLong, help: "Print the list's address instead.")
    var url = false
    @OptionGroup var output: OutputOptions

    var wantsJSON: Bool { output.json }

    func validate() throws {
        if force, download == nil { throw ValidationError("--force goes with --download") }
        if url, download != nil { throw ValidationError("--url and --download exclude each other") }
    }

    /// Names what isn't among a job's files, and why.
    static func tell(skipped: [OutputResponse.Skipped], on console: Console) {
        for skipped in skipped {
            console.note(
                "floydlite: \(TextStyle.printable(skipped.path)) is left out: \(TextStyle.printable(skipped.reason))"
            )
        }
    }

    func execute(_ context: CommandContext) throws(FloydError) -> Int32 {
        let reference = try context.job(job)
        let client = try context.client()
        let renderer = OutputRenderer(format: output.format, context: context)
        if url {
            try renderer.render(AddressView(url: client.url(of: APIPath.output(of: reference))))
            return ExitStatus.success
        }
        let scope = try path.map { text throws(FloydError) in try PathScope(parsing: text) }
        var found = try client.output(of: reference)
        Self.tell(skipped: found.skipped, on: context.console)
        let hasResults = !found.files.isEmpty
        if let scope { found.files = found.files.filter { scope.contains($0.path) } }
        if let download {
            let fetched = try OutputDownload(
                client: client,
                context: context,
                folder: context.place(download),
                scope: scope,
                isForced: force,
                folderOption: "--download"
            ).fetch(found)
            if output.format == .table {
                try renderer.render(FetchedFiles(summary: fetched))
                return ExitStatus.success
            }
        } else if let scope, hasResults, found.files.isEmpty {
            throw OutputDownload.nothing(at: scope, in: found)
        } else if found.files.isEmpty {
            let end = found.state == .finished ? "" : " so far"
            context.console.note("There are no results of \(found.name)\(end).")
            if output.format == .table { return ExitStatus.success }
        }
        try renderer.render(JobOutput(output: found))
        return ExitStatus.success
    }
}
