import ArgumentParser
import FloydAPI
import FloydClient
import FloydModel

/// Where a tree goes, and which part of it.
struct CloneOptions: ParsableArguments {
    @Option(name: .shortAndLong, help: "Only what is at that path in it, or below.")
    var path: String?
    @Option(help: ArgumentHelp("The folder to fetch it into, here by default.", valueName: "dir"))
    var into: String?
    @Flag(name: .shortAndLong, help: "Replace files that differ.")
    var force = false
    @OptionGroup var output: OutputOptions

    func scope() throws(FloydError) -> PathScope? {
        guard let path, path != ".", path != "./", path != "/" else { return nil }
        return try PathScope(parsing: path)
    }

    /// Fetches `tree` and says what was done.
    func fetch(_ tree: RemoteTree, client: FloydClient, context: CommandContext) throws(FloydError) {
        let download = TreeDownload(
            client: client,
            context: context,
            folder: context.place(into),
            scope: try scope(),
            isForced: force
        )
        try show(download.fetch(tree), context)
    }

    func show(_ summary: DownloadSummary, _ context: CommandContext) throws(FloydError) {
        try OutputRenderer(format: output.format, context: context).render(FetchedFiles(summary: summary))
    }
}

struct DataCloneCommand: FloydCommand {
    static let configuration = CommandConfiguration(
        commandName: "clone",
        abstract: "Fetch a dataset, or a job's output.",
        discussion: """
            Every file is verified as it comes. What is there already stays: after a Ctrl-C, a lost network or a reboot, run it again and it \
            fetches the rest.
            """
    )

    @Argument(help: "A dataset (its latest version), NAME/NUMBER, or JOB/output.")
    var name: String
    @OptionGroup var options: CloneOptions

    var wantsJSON: Bool { options.output.json }

    func execute(_ context: CommandContext) throws(FloydError) -> Int32 {
        let target = try DataTarget(parsing: name, in: context)
        let scope = try options.scope()
        let client = try context.client()
        switch target {
        case .version(let reference):
            let version = try client.datasetVersion(reference)
            try options.fetch(RemoteTree(version), client: client, context: context)
        case .output(let job):
            let found = try client.output(of: job)
            let download = OutputDownload(
                client: client,
                context: context,
                folder: context.place(options.into),
                scope: scope,
                isForced: options.force
            )
            try options.show(download.fetch(found), context)
            OutputCommand.tell(skipped: found.skipped, on: context.console)
        }
        return ExitStatus.success
    }
}

struct CloneCommand: FloydCommand {
    static let configuration = CommandConfiguration(
        commandName: "clone",
        abstract: "Fetch the code of a job, as it was submitted."
    )

    @Argument(help: "The job.")
    var job: String
    @OptionGroup var options: CloneOptions

    var wantsJSON: Bool { options.output.json }

    func execute(_ context: CommandContext) throws(FloydError) -> Int32 {
        let reference = try context.job(job)
        _ = try options.scope()
        let client = try context.client()
        try options.fetch(RemoteTree(codeOf: client.job(reference)), client: client, context: context)
        return ExitStatus.success
    }
}
