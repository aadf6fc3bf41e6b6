import ArgumentParser
import FloydCore
import FloydHTTP
import FloydModel
import FloydServer
import Glibc
import Logging
import ServiceLifecycle
import UnixSignals

/// `floydlited serve`: runs until SIGTERM or SIGINT.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Run the server (the default).")

    @OptionGroup
    var options: ServerOptions

    @Option(help: ArgumentHelp("Where to listen.", valueName: "host:port|unix:path"))
    var listen: String?

    func run() async throws {
        // A peer that goes away is an error of the write, not the end of the process.
        signal(SIGPIPE, SIG_IGN)
        DescriptorLimit.raise()
        try await reporting {
            let (configuration, file, folder) = try options.load()
            LoggingSystem.bootstrap { label in
                var handler = StreamLogHandler.standardError(label: label)
                handler.logLevel = Logger.Level(configuration.logLevel)
                return handler
            }
            let logger = Logger(label: "floydlited")
            let daemon = try await Daemon(
                configuration: configuration,
                environments: try configuration.environmentCatalog(besideConfig: file),
                dataFolder: folder,
                logger: logger
            )
            let frontDoor = try FrontDoor(daemon: daemon, configuration: configuration, listen: listen, logger: logger)
            for notice in daemon.notices { logger.log(level: notice.level, "\(notice.text)") }
            try frontDoor.open()
            // What the group says of each part at its own levels is for its developers.
            var groupLogger = Logger(label: "floydlited")
            groupLogger.logLevel = .warning
            let group = ServiceGroup(
                configuration: .init(
                    services: (daemon.parts + [frontDoor]).map { .init(service: $0) },
                    gracefulShutdownSignals: [.sigterm, .sigint],
                    logger: groupLogger
                )
            )
            try await group.run()
        }
    }
}

extension Logger.Level {
    init(_ level: ServerConfiguration.LogLevel) {
        self =
            switch level {
            case .debug: .debug
            case .info: .info
            case .warning: .warning
            case .error: .error
            }
    }
}

/// The number of files that the process may have open: each follower is a connection, each upload a file.
enum DescriptorLimit {
    static func raise() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}
