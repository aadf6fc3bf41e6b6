import ArgumentParser
import FloydClient

/// The root of the command line.
struct FloydliteCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "floydlite",
        abstract: "Train on your own machine as if it were a cloud.",
        discussion: """
            A job is named by its id, its full name, or short forms of it: `3`, `my-project`, `my-project/3`; \
            without a name the latest job of the project in this folder is meant.

            FLOYDLITE_HOST and FLOYDLITE_TOKEN win over what `floydlite login` saved. On the server's own machine \
            FLOYDLITE_HOST=unix:/PATH needs no token where the server knows your user.

            \(ExitStatus.help)
            """,
        version: "floydlite \(FloydClient.version)",
        groupedSubcommands: [
            CommandGroup(
                name: "Job",
                subcommands: [
                    InitCommand.self, RunCommand.self, StatusCommand.self, InfoCommand.self, LogsCommand.self,
                    WatchCommand.self, StopCommand.self, RestartCommand.self, OutputCommand.self, CloneCommand.self,
                    DeleteCommand.self,
                ]
            ),
            CommandGroup(
                name: "Data",
                subcommands: [DataCommand.self, UploadCommand.self, VisibilityCommand.self]
            ),
            CommandGroup(
                name: "Tool",
                subcommands: [LoginCommand.self, LogoutCommand.self, TokenCommand.self, VersionCommand.self]
            ),
        ]
    )
}
