import FloydCore
import FloydHTTP
import FloydModel
import FloydOS
import FloydServer
import Glibc
import Logging
import ServiceLifecycle
import Synchronization

/// One HTTP server of the daemon.
struct Listener: Sendable {
    private let name: String
    private let address: ListenAddress
    private let server: HTTPServer
    private let bound = Late<ListenAddress>()

    init(
        _ name: String,
        _ settings: HTTPServerConfiguration,
        _ reception: Reception,
        _ drain: HTTPDrain,
        peerIsUser: Bool,
        constant: @escaping @Sendable (Application, HTTPServerRequest) -> HTTPServerResponse?,
        handle: @escaping @Sendable (Application, HTTPServerRequest) async -> HTTPServerResponse
    ) {
        self.name = name
        address = settings.address
        server = HTTPServer(
            configuration: settings,
            immediate: { request in reception.answerAtOnce(request, constant) },
            handler: { request in await reception.answer(request, handle) },
            refusal: { request in reception.refuse(request, peerIsUser: peerIsUser) },
            observer: reception.observe,
            drain: drain
        )
    }

    func open() throws(FloydError) {
        if case .unix(let path) = address, let folder = Folder.parent(of: path) { try Self.makeFolder(folder) }
        do {
            bound.set(try server.bind())
        } catch {
            throw FloydError(.unavailable, error.message, hint: error.hint)
        }
    }

    /// Everybody on this machine is to find the socket, whatever the service's umask is. A folder that is there stays as it is.
    private static func makeFolder(_ folder: String) throws(FloydError) {
        do throws(SystemError) {
            guard try FileStatus.of(folder, followingLinks: true) == nil else { return }
        } catch {
            throw refusal(error)
        }
        if let parent = Folder.parent(of: folder) { try makeFolder(parent) }
        do throws(SystemError) {
            try Folder.create(folder, mode: 0o755)
            try FileDescriptor.open(folder, O_RDONLY | O_DIRECTORY).changeMode(0o755)
        } catch {
            throw refusal(error)
        }
    }

    private static func refusal(_ error: SystemError) -> FloydError {
        FloydError(
            .localFile,
            "the socket's folder can't be made: \(error)",
            hint: "Make it, for the user that the server runs as, or name another path."
        )
    }

    /// Tells that it listens, and has its connections counted.
    func announce(_ observation: Observation, _ logger: Logger) {
        observation.watch(server, as: name)
        let bound = bound.value ?? address
        if !bound.isLoopback {
            logger.warning(
                """
                listening on \(bound), which is not loopback: whoever can reach it can read \
                \(name == "metrics" ? "the metrics" : "tokens and data on the wire. Put a TLS proxy in front").
                """
            )
        }
        logger.info("\(name == "metrics" ? "metrics on" : "listening on") \(bound.url)")
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
    /// - Throws: `invalidRequest` for what is no address.
    init(configured text: String) throws(FloydError) {
        do {
            try self.init(parsing: text)
        } catch {
            throw FloydError(.invalidRequest, error.message, hint: error.hint)
        }
    }

    /// What a client is told: `http://127.0.0.1:8080`, or `unix:/path`.
    fileprivate var url: String {
        switch self {
        case .tcp: "http://\(self)"
        case .unix: "\(self)"
        }
    }
}

extension HTTPServerConfiguration {
    init(address: ListenAddress, _ settings: ServerConfiguration.HTTPSettings) {
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
