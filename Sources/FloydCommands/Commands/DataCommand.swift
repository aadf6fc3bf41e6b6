import ArgumentParser

struct DataCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "data",
        abstract: "Keep datasets.",
        subcommands: [
            DataInitCommand.self, DataUploadCommand.self, DataUploadsCommand.self, DataStatusCommand.self,
            DataCloneCommand.self,
            DataListFilesCommand.self, DataGetFileCommand.self, DataDiffCommand.self,
            DataAddCommand.self, DataDeleteCommand.self, DataVerifyCommand.self,
        ]
    )
}
