import FloydCore
import FloydHTTP
import FloydModel
import FloydServer
import Logging
import ServiceLifecycle

/// The HTTP servers with the application behind them: the main one, the local socket, the one for metrics.
///
/// They listen before there is anything behind them: connections wait while the daemon makes itself ready.
struct FrontDoor: Service {
    private let listeners: [Listener]
    private let reception: Reception

    /// - Parameter listen: what the command line says; nil: what the config says.
    init(configuration: ServerConfiguration, listen: String?) throws(FloydError) {
        let reception = Reception()
        self.reception = reception
        let drain = HTTPDrain()
        var listeners = [
            Listener(
                "main",
                HTTPServerConfiguration(
                    address: try ListenAddress(configured: listen ?? configuration.listen),
                    configuration.http
                ),
                reception,
                drain,
                // Its Unix socket, where it has one, is a proxy's; people have the local socket.
                peerIsUser: false,
                constant: { application, request in application.constantAnswer(to: request, peerIsUser: false) },
                handle: { application, request in await application.handle(request, peerIsUser: false) }
            )
        ]
        if let local = configuration.localSocket {
            var settings = HTTPServerConfiguration(address: .unix(path: local.path), configuration.http)
            settings.loops = 1
            listeners.append(
                Listener(
                    "local",
                    settings,
                    reception,
                    drain,
                    peerIsUser: true,
                    constant: { application, request in application.constantAnswer(to: request, peerIsUser: true) },
                    handle: { application, request in await application.handle(request, peerIsUser: true) }
                )
            )
        }
        if let metrics = configuration.metrics {
            var settings = HTTPServerConfiguration(
                address: try ListenAddress(configured: metrics.listen),
                configuration.http
            )
            settings.loops = 1
            settings.maximumConnections = 100
            settings.limits.body = 0
            listeners.append(
                Listener(
                    "metrics",
                    settings,
                    reception,
                    drain,
                    peerIsUser: false,
                    constant: { _, _ in nil },
                    handle: { application, request in await application.handleMetrics(request) }
                )
            )
        }
        self.listeners = listeners
    }

    /// Begins to listen: connections wait from here on.
    func open() throws(FloydError) {
        for listener in listeners { try listener.open() }
    }

    /// Says what answers, once it is ready.
    func admit(_ application: Application, _ observation: Observation, _ logger: Logger) {
        reception.open(application, observation)
        // The main one last: whoever waits for its line finds the others ready.
        for listener in listeners.reversed() { listener.announce(observation, logger) }
    }

    /// Serves until it is stopped. To be run after `admit`. All of them stop at once: one that went on while another waits for its last requests
    /// would take on work that the end cuts off. They end at once too, so that none is silent while another still answers.
    func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for listener in listeners { group.addTask { try await listener.run() } }
            for try await _ in group {}
        }
    }
}

/// Leads requests to the application, and what servers tell to whoever watches them.
final class Reception: Sendable {
    /// One reference to copy for each request, and not the application with all that it holds.
    private final class Behind: Sendable {
        let application: Application
        let observation: Observation

        init(_ application: Application, _ observation: Observation) {
            self.application = application
            self.observation = observation
        }
    }

    private let behind = Late<Behind>()

    func open(_ application: Application, _ observation: Observation) {
        behind.set(Behind(application, observation))
    }

    /// The answer that needs no task, of those that have one.
    func answerAtOnce(
        _ request: HTTPServerRequest,
        _ constant: (Application, HTTPServerRequest) -> HTTPServerResponse?
    ) -> HTTPServerResponse? {
        guard let behind = behind.value else { return Application.notReady }
        return behind.observation.answerAtOnce { constant(behind.application, request) }
    }

    func answer(
        _ request: HTTPServerRequest,
        _ handle: (Application, HTTPServerRequest) async -> HTTPServerResponse
    ) async -> HTTPServerResponse {
        // No server runs before there is somebody to answer.
        guard let behind = behind.value else { return Application.notReady }
        return await behind.observation.answer(request) { request in await handle(behind.application, request) }
    }

    /// The answer to what comes after the stop.
    func refuse(_ request: HTTPServerRequest, peerIsUser: Bool) -> HTTPServerResponse {
        answerAtOnce(request) { application, request in
            application.refusalAfterStop(of: request, peerIsUser: peerIsUser)
        } ?? Application.notReady
    }

    func observe(_ event: HTTPServerEvent) {
        behind.value?.observation.observe(event)
    }
}
