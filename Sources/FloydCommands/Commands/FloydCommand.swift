import ArgumentParser
import FloydModel

/// A command of the tool.
protocol FloydCommand: ParsableCommand {
    /// Whether errors are to be told as JSON.
    var wantsJSON: Bool { get }

    /// Does what the command is for and gives the exit status.
    func execute(_ context: CommandContext) throws(FloydError) -> Int32
}
