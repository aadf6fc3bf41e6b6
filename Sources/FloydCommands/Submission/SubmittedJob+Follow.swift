import FloydAPI
import FloydClient
import FloydModel

extension SubmittedJob {
    /// Shows the job, and where that is wished its log up to its end.
    ///
    /// - Returns: the exit status of the command that submitted it.
    func show(
        follow: Bool,
        _ output: OutputOptions,
        _ client: FloydClient,
        _ context: CommandContext
    ) throws(FloydError) -> Int32 {
        let renderer = OutputRenderer(format: output.format, context: context)
        // Much of it may come from floyd.yml, from another job, or from the server.
        context.console.note(Self.summary(of: job))
        guard follow else {
            try renderer.render(self)
            context.console.note("\nTo view logs enter:\n  floydlite logs -t \(job.name)")
            return ExitStatus.success
        }
        try renderer.renderLine(self)
        context.console.flush()
        return try LogFollower(
            client: client,
            context: context,
            format: output.json ? .json : .text,
            query: LogQuery(isFollowing: true)
        )
        .show(Reference(.id(job.id)))
    }
}
