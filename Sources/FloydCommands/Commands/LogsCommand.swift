import ArgumentParser
import FloydAPI
import FloydClient
import FloydModel

struct LogsCommand: FloydCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs",
        abstract: "Show a job's log.",
        discussion: """
            With --follow the log is shown as it grows, up to the job's end, and the exit status is the job's. Ctrl-C ends \
            the following, not the job.

            With --json each line is a document: the records of the log, and the job as the last.
            """
    )

    @Argument(help: "The job; without it the latest of this folder's project.")
    var job: String?
    @Flag(
        name: [.customShort("f"), .customLong("follow"), .customShort("t"), .customLong("tail")],
        help: "Show what is yet to come too."
    )
    var follow = false
    @Flag(help: "Print the job's bytes exactly.")
    var raw = false
    @Flag(name: .shortAndLong, help: "Print the log's address instead.")
    var url = false
    @OptionGroup var output: OutputOptions

    var wantsJSON: Bool { output.json }

    func validate() throws {
        if raw, output.json { throw ValidationError("--raw and --json exclude each other") }
    }

    func execute(_ context: CommandContext) throws(FloydError) -> Int32 {
        let reference = try context.job(job)
        let client = try context.client()
        if url {
            try OutputRenderer(format: output.format, context: context)
                .render(AddressView(url: client.url(of: APIPath.log(of: reference))))
            return ExitStatus.success
        }
        return try LogFollower(
            client: client,
            context: context,
            format: raw ? .raw : output.json ? .json : .text,
            isFollowing: follow
        )
        .show(reference)
    }
}
