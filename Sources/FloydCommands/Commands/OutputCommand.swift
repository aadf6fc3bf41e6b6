import ArgumentParser
import FloydAPI
import FloydClient
import FloydModel

struct OutputCommand: FloydCommand {
    static let configuration = CommandConfiguration(
        commandName: "output",
        abstract: "List or fetch what a job left in /output."
    )

    @Argument(help: "The job; without it the latest of this folder's project.")
    var job: String?
    @Option(help: ArgumentHelp("Fetch the files into that folder.", valueName: "dir"))
    var download: String?
    @Flag(name: .shortAndLong, help: "Print the list's address instead.")
    var url = false
    @OptionGroup var output: OutputOptions

    var wantsJSON: Bool { output.json }

    func validate() throws {
        if url, download != nil { throw ValidationError("--url and --download exclude each other") }
    }

    func execute(_ context: CommandContext) throws(FloydError) -> Int32 {
        let reference = try context.job(job)
        let client = try context.client()
        let renderer = OutputRenderer(format: output.format, context: context)
        if url {
            try renderer.render(AddressView(url: client.url(of: APIPath.output(of: reference))))
            return ExitStatus.success
        }
        let found = try client.output(of: reference)
        for skipped in found.skipped {
            context.console.note(
                "floydlite: \(TextStyle.printable(skipped.path)) is left out: \(TextStyle.printable(skipped.reason))"
            )
        }
        if let download {
            let folder = download.hasPrefix("/") ? download : "\(context.folder)/\(download)"
            try OutputDownload(client: client, context: context, folder: folder).fetch(found)
            if output.format == .table { return ExitStatus.success }
        } else if found.files.isEmpty {
            context.console.note("There are no results of \(found.name) so far.")
            if output.format == .table { return ExitStatus.success }
        }
        try renderer.render(JobOutput(output: found))
        return ExitStatus.success
    }
}
