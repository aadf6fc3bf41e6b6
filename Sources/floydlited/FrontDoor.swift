import FloydCore
import FloydHTTP
import FloydModel
import FloydServer
import Logging
import ServiceLifecycle

/// The HTTP server with the application behind it.
struct FrontDoor: Service {
    private let server: HTTPServer
    private let address: ListenAddress
    private let logger: Logger

    /// - Parameter listen: what the command line says; nil: what the config says.
    init(daemon: Daemon, configuration: ServerConfiguration, listen: String?, logger: Logger) throws {
        do {
            address = try ListenAddress(parsing: listen ?? configuration.listen)
        } catch {
            throw FloydError(.invalidRequest, error.message, hint: error.hint)
        }
        let application = try Application(
            services: daemon.services,
            configuration: ApplicationConfiguration(version: Daemon.version),
            logger: logger
        )
        server = HTTPServer(
            configuration: HTTPServerConfiguration(address: address, configuration.http),
            handler: { request in await application.handle(request) },
            observer: AccessLog(logger: logger).observe
        )
        self.logger = logger
    }

    /// Begins to listen: connections wait from here on.
    func open() throws(FloydError) {
        do {
            let bound = try server.bind()
            if !bound.isLoopback {
                logger.warning(
                    """
                    listening on \(bound), which is not loopback: whoever can reach it can read tokens and data on the wire. \
                    Put a TLS proxy in front.
                    """
                )
            }
            logger.info("listening on \(bound.url)")
        } catch {
            throw FloydError(.unavailable, error.message, hint: error.hint)
        }
    }

    func run() async throws {
        try await withGracefulShutdownHandler {
            try await server.run()
        } onGracefulShutdown: {
            server.stop()
        }
    }
}

extension ListenAddress {
    /// What a client is told: `http://127.0.0.1:8080`, or `unix:/path`.
    fileprivate var url: String {
        switch self {
        case .tcp: "http://\(self)"
        case .unix: "\(self)"
        }
    }
}

extension HTTPServerConfiguration {
    fileprivate init(address: ListenAddress, _ settings: ServerConfiguration.HTTPSettings) {
        self.init(address: address)
        loops = settings.loops
        maximumConnections = settings.maximumConnections
        timeouts.head = settings.headTimeout
        timeouts.idle = settings.idleTimeout
        timeouts.bodyProgress = settings.progressTimeout
        timeouts.writeProgress = settings.progressTimeout
        timeouts.shutdownGrace = settings.shutdownGrace
    }
}
