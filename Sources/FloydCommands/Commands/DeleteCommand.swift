import ArgumentParser
import FloydAPI
import FloydClient
import FloydModel

struct DeleteCommand: FloydCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete",
        abstract: "Delete jobs that have ended.",
        discussion: """
            A job goes with its code, logs and results; its number is never given again. Datasets that were made of its results stay. With \
            --output only the results go. What a waiting or running job uses can't be deleted.
            """
    )

    @Argument(
        help: ArgumentHelp("Jobs: NAME/NUMBER, or ids; in a project's folder a number.", valueName: "job")
    )
    var jobs: [String]
    @Flag(name: .customLong("output"), help: "Delete only what they left in /output.")
    var outputAlone = false
    @Flag(name: [.customShort("y"), .long], help: "Don't ask.")
    var yes = false
    @OptionGroup var output: OutputOptions

    var wantsJSON: Bool { output.json }

    func execute(_ context: CommandContext) throws(FloydError) -> Int32 {
        let client = try context.client()
        // All of them are looked up, and asked about, before any goes.
        var found: [JobResponse] = []
        for text in jobs {
            let job = try job(text, client, context)
            try check(job)
            if !found.contains(where: { $0.id == job.id }) { found.append(job) }
        }
        var meant: [JobResponse] = []
        for job in found where try isMeant(job, context) { meant.append(job) }
        guard !meant.isEmpty else {
            context.console.note("Nothing was deleted.")
            return ExitStatus.success
        }
        let renderer = OutputRenderer(format: output.format, context: context)
        try renderer.render(meant, as: { DeletedJobs(items: $0, isOutputAlone: outputAlone) }) {
            job throws(FloydError) in
            let reference = Reference(.id(job.id))
            if outputAlone { try client.deleteOutput(of: reference) } else { try client.deleteJob(reference) }
        }
        return ExitStatus.success
    }

    /// The job that `text` names by its number or its own id.
    private func job(
        _ text: String,
        _ client: FloydClient,
        _ context: CommandContext
    ) throws(FloydError) -> JobResponse {
        let reference = try context.job(text)
        if case .name(_, _, nil) = reference.target { throw Self.noJob(text) }
        let job = try client.job(reference)
        if case .id(let id) = reference.target, id != job.id { throw Self.noJob(text) }
        return job
    }

    private static func noJob(_ text: String) -> FloydError {
        FloydError(.invalidRequest, "\(text) names a project, not a job", hint: "Say which: NAME/NUMBER.")
    }

    /// - Throws: what the server would say, too, before anything is deleted.
    private func check(_ job: JobResponse) throws(FloydError) {
        guard job.state == .finished else {
            throw FloydError(
                .conflict,
                "\(job.name) can't be deleted: it has not ended",
                hint: job.state == .stopping
                    ? "Wait for its end, or hurry it: floydlite stop \(job.name) --now."
                    : "Stop it first: floydlite stop \(job.name)."
            )
        }
        if outputAlone, job.outputDeleted != nil {
            throw FloydError(.gone, "the output of \(job.name) was deleted before")
        }
    }

    private func isMeant(_ job: JobResponse, _ context: CommandContext) throws(FloydError) -> Bool {
        if yes { return true }
        let what = outputAlone ? "the output of \(job.name)" : "\(job.name) with its code, logs and results"
        return try context.confirmDeletion(of: what)
    }
}
