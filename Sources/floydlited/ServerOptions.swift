import ArgumentParser
import FloydCore
import FloydModel
import FloydOS

/// Where the server's config and data are: the command line wins over the config, the config over what is usual.
struct ServerOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The config file.", valueName: "file"))
    var config: String?

    @Option(name: .customLong("data-dir"), help: ArgumentHelp("The folder where everything is kept.", valueName: "dir"))
    var dataDirectory: String?

    func load() throws(FloydError) -> (configuration: ServerConfiguration, file: String?, folder: DataFolder) {
        let (configuration, file) = try ServerConfiguration.load(config)
        let folder = dataDirectory ?? configuration.dataFolder ?? ServerConfiguration.usualDataFolder
        return (configuration, file, try DataFolder(absolute: folder))
    }

    /// The same where data must be there already: a forgotten `--data-dir` is told, and makes nothing.
    func loadExisting() throws(FloydError) -> (configuration: ServerConfiguration, folder: DataFolder) {
        let (configuration, _, folder) = try load()
        guard Self.hasData(folder) else {
            throw FloydError(
                .notFound,
                "there is no Floydlite data in \(folder.path)",
                hint: "Name the server's folder with --data-dir, or its config with --config."
            )
        }
        return (configuration, folder)
    }

    /// Whether a server's database is in `folder`. Where that can't be looked at, it says true: whoever opens it says why.
    static func hasData(_ folder: DataFolder) -> Bool {
        do throws(SystemError) {
            return try FileStatus.of(folder.database, followingLinks: true) != nil
        } catch {
            return true
        }
    }
}

/// Runs `body`; an error of ours is told as one line and a hint on standard error.
func reporting(_ body: () async throws -> Void) async throws {
    do {
        try await body()
    } catch let error as FloydError {
        StandardError.write("floydlited: error: \(error.message)\n" + (error.hint.map { "  \($0)\n" } ?? ""))
        throw ExitCode.failure
    }
}
