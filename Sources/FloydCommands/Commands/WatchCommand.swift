import ArgumentParser
import FloydAPI
import FloydClient
import FloydModel

struct WatchCommand: FloydCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch",
        abstract: "Show what becomes of jobs, as it happens.",
        discussion: """
            A line for each move of a job: when, which, what it is now, and why. With a job its moves so far come first, and \
            its end is the command's, with the job's exit status; without, all your jobs are watched until Ctrl-C. A \
            connection that breaks is taken up where it broke.

            With --json each line is a document.
            """
    )

    @Argument(help: "One job.")
    var job: String?
    @Flag(help: "Only the jobs of this folder's project.")
    var project = false
    @OptionGroup var output: OutputOptions

    var wantsJSON: Bool { output.json }

    func validate() throws {
        if job != nil, project { throw ValidationError("a job and --project exclude each other") }
    }

    func execute(_ context: CommandContext) throws(FloydError) -> Int32 {
        let reference = try job.map { text throws(FloydError) in try context.job(text) }
        let folder = project ? "\(try FolderMarker.project.required(in: context.folder).resource(.projects))/" : ""
        let client = try context.client()
        context.rememberInterruption()
        var list = MoveList()
        var isBroken = false
        let renderer = OutputRenderer(format: output.format, context: context)
        do throws(FloydError) {
            let job = try client.followEvents(after: reference == nil ? nil : 0, job: reference) {
                event throws(FloydError) in
                switch event {
                case .connected:
                    isBroken = false
                case .move(let move):
                    guard move.name.hasPrefix(folder) else { return }
                    try renderer.renderLine(list.line(for: move))
                    context.console.flush()
                case .reconnecting(let reason, _):
                    // Once for each break, however many attempts it takes to mend it.
                    if !isBroken { context.console.note("floydlite: \(reason); trying again") }
                    isBroken = true
                }
            }
            return ExitStatus.of(job)
        } catch {
            guard error.code == .cancelled else { throw error }
            return ExitStatus.interrupted
        }
    }
}
