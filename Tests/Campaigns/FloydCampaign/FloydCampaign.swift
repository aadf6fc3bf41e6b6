import ArgumentParser
import FloydLab

/// Does to a build of Floydlite what a machine's worst years do to it, and looks for what was lost.
@main
struct FloydCampaign: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "FloydCampaign",
        abstract: "Try what Floydlite promises, with a seed and a count.",
        discussion: """
            Starts a server of its own on loopback, with a folder of its own, and ends it. What is found is told at once and at the \
            end, with the options that repeat it; the exit code is 1 then, and the folder is kept.
            """,
        subcommands: [
            KillCommand.self, WorkersCommand.self, HostileCommand.self, ClockCommand.self, ResumeCommand.self,
            DataCommand.self, SwapCommand.self, TimingCommand.self,
        ]
    )

    static func main() {
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch let failure as CampaignFailure {
            Report.say("error: \(failure)")
            exit(withError: ExitCode.failure)
        } catch {
            exit(withError: error)
        }
    }
}
