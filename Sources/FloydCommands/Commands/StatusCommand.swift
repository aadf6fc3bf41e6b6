import ArgumentParser
import FloydAPI
import FloydClient
import FloydModel

struct StatusCommand: FloydCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "List the jobs of this folder's project, or of all yours elsewhere."
    )

    @Argument(help: "A project, or one job.")
    var job: String?
    @OptionGroup var output: OutputOptions

    var wantsJSON: Bool { output.json }

    func execute(_ context: CommandContext) throws(FloydError) -> Int32 {
        let renderer = OutputRenderer(format: output.format, context: context)
        let client = try context.client()
        let reference = try reference(context)
        if let reference, let job = try self.job(reference, client) {
            switch output.format {
            case .table: try renderer.render(JobList(items: [job]))
            case .json: try renderer.render(JobDetails(job: job))
            }
            return ExitStatus.success
        }
        let jobs = try client.jobs(of: reference)
        if jobs.isEmpty {
            context.console.note("There are no jobs yet. Submit one with `floydlite run`.")
            if output.format == .table { return ExitStatus.success }
        }
        try renderer.render(JobList(items: jobs))
        return ExitStatus.success
    }

    /// What is meant: nil is all of the account's jobs.
    private func reference(_ context: CommandContext) throws(FloydError) -> Reference? {
        if let job { return try context.job(job) }
        return try FolderMarker.project.load(in: context.folder).map { .completing(nil, in: $0.resource(.projects)) }
    }

    /// The one job that `reference` names, or nil if it names a project.
    private func job(_ reference: Reference, _ client: FloydClient) throws(FloydError) -> JobResponse? {
        if case .name(_, _, nil) = reference.target { return nil }
        let job = try client.job(reference)
        // Of a project's id the server says the latest job.
        if case .id(let id) = reference.target, id != job.id { return nil }
        return job
    }
}
