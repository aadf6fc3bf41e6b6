import ArgumentParser
import FloydCore
import FloydOS

/// The daemon, and what its administrator does on the same machine.
@main
struct Floydlited: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "floydlited",
        abstract: "The Floydlite server: takes data sets and jobs, queues them, runs them, streams their logs.",
        version: Daemon.version,
        subcommands: [Serve.self, UserCommand.self, DataCommand.self],
        defaultSubcommand: Serve.self
    )

    static func main() async {
        // Before there are threads, each of which would have a heap.
        Heap.bound()
        await main(nil)
    }
}
