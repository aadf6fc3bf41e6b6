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
        // It means something when there is a log to be opened anew; until then nothing.
        signal(SIGHUP, SIG_IGN)
        DescriptorLimit.raise()
        try await reporting {
            let (configuration, file, folder) = try options.load()
            LoggingSystem.bootstrap { label in
                var handler = StreamLogHandler.standardError(label: label)
                handler.logLevel = Logger.Level(configuration.logLevel)
                return handler
            }
            let logger = Logger(label: "floydlited")
            let environments = try configuration.environmentCatalog(besideConfig: file)
            let frontDoor = try FrontDoor(configuration: configuration, listen: listen)
            let hold = try await DataFolderHold(folder)
            // Before all that takes time: whoever connects from here on waits, and isn't refused.
            try frontDoor.open()
            let daemon = try await Daemon(
                configuration: configuration,
                environments: environments,
                dataFolder: hold,
                logger: logger
            )
            var settings = ApplicationConfiguration(version: Daemon.version)
            settings.trustedProxies = configuration.trustedProxies
            let application = try Application(services: daemon.services, configuration: settings, logger: logger)
            let observation = try Observation(of: application, accessLog: configuration.accessLog, logger: logger)
            for notice in daemon.notices { logger.log(level: notice.level, "\(notice.text)") }
            frontDoor.admit(application, observation, logger)
            // What the group says of each part at its own levels is for its developers.
            var groupLogger = Logger(label: "floydlited")
            groupLogger.logLevel = .warning
            let group = ServiceGroup(
                configuration: .init(
                    services: ([LogRotation(observation: observation)] + daemon.parts + [frontDoor])
                        .map { .init(service: $0) },
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
