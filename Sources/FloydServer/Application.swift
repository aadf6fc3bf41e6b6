public import FloydCore
import FloydAPI
public import FloydHTTP
import FloydModel
import FoundationEssentials
import HTTPTypes
public import Logging

/// What the daemon answers over HTTP: the interface under `/api/v1` and the web pages.
///
/// It holds no state but its routes. Everything that is decided, the services decide.
public struct Application: Sendable {
    let routes: [Route]
    private let router: Router
    private let authenticator: Authenticator
    private let errors: ErrorTranslation
    private let pages: Pages

    /// - Throws: what the template engine throws, if a page's template is malformed, which the tests exclude.
    public init(services: Services, configuration: ApplicationConfiguration, logger: Logger) throws {
        try self.init(services: services, configuration: configuration, logger: logger, now: { Date() })
    }

    init(
        services: Services,
        configuration: ApplicationConfiguration,
        logger: Logger,
        now: @escaping @Sendable () -> Date
    ) throws {
        authenticator = Authenticator(accounts: services.accounts)
        errors = ErrorTranslation(logger: logger)
        pages = try Pages(services: services, configuration: configuration, now: now)
        var routes = ServerController(machine: services.machine).routes
        routes += DataController(data: services.data).routes
        routes += TreeController(trees: services.trees, logger: logger).routes
        routes += DifferenceController(differences: services.differences).routes
        routes += UploadController(uploads: services.uploads, archives: services.archives).routes
        routes += ArchiveController(archives: services.archives).routes
        routes += VersionController(versions: services.versions).routes
        routes += JobController(jobs: services.jobs).routes
        routes += LogController(logs: services.logs, heartbeat: configuration.heartbeat, logger: logger).routes
        let events = EventController(
            events: services.events,
            jobs: services.jobs,
            heartbeat: configuration.heartbeat,
            logger: logger
        )
        routes += events.routes
        routes += OutputController(outputs: services.outputs, logger: logger).routes
        routes += InterfaceController(describing: routes, version: configuration.version).routes
        routes += pages.routes
        self.routes = routes
        router = Router(routes)
    }

    /// Answers a request. Runs on the executor it is called on and blocks it only for the moments that coding takes.
    public func handle(_ request: HTTPServerRequest) async -> HTTPServerResponse {
        let route: Route
        let parameters: [String]
        do {
            let segments = try PathSegments.parse(request.path)
            switch router.match(Tus.method(of: request), segments) {
            case .route(let found, let values):
                route = found
                parameters = values
            case .otherMethods(let methods):
                return unrouted(
                    request,
                    FloydError(
                        .methodNotAllowed,
                        "this can't be done with \(Printable.cut(Tus.method(of: request).rawValue))"
                    ),
                    [.allow: methods.map(\.rawValue).joined(separator: ", ")]
                )
            case .nothing:
                return unrouted(request, FloydError(.notFound, "there is nothing at this address"))
            }
        } catch {
            return unrouted(request, error)
        }
        do {
            return try await answer(request, route, parameters)
        } catch {
            let shown = errors.error(from: error, during: "\(route.method) \(route.template)")
            return switch route.handler {
            case .open, .account: problem(shown, to: request)
            case .openPage, .page: pages.error(shown)
            }
        }
    }

    /// Who may ask is decided before anything else is looked at, and before the body is read.
    private func answer(
        _ request: HTTPServerRequest,
        _ route: Route,
        _ parameters: [String]
    ) async throws -> HTTPServerResponse {
        func routed() throws(FloydError) -> RoutedRequest {
            RoutedRequest(
                http: request,
                parameters: parameters,
                query: try QueryParameters(request.query, known: route.query)
            )
        }
        switch route.handler {
        case .open(let handle):
            return try await handle(try routed())
        case .account(let handle):
            var head = request.head
            head.method = route.method
            let account = try await authenticator.account(of: head)
            return try await handle(try routed(), account)
        case .openPage(let handle):
            let account = try await authenticator.accountIfAny(of: request.head)
            return try await handle(try routed(), account)
        case .page(let handle):
            guard let account = try await authenticator.accountIfAny(of: request.head) else {
                return LoginPage.redirect(insteadOf: request)
            }
            return try await handle(try routed(), account)
        }
    }

    private func unrouted(_ request: HTTPServerRequest, _ error: FloydError, _ fields: HTTPFields = [:])
        -> HTTPServerResponse
    {
        guard !request.path.hasPrefix(APIPath.root), request.head.headerFields[.accept]?.contains("text/html") == true
        else { return ProblemResponse.make(error, fields) }
        return pages.error(error, fields)
    }

    /// Answers of the upload protocol say its version, refusals too.
    private func problem(_ error: FloydError, to request: HTTPServerRequest) -> HTTPServerResponse {
        ProblemResponse.make(error, Tus.isUpload(request) ? [.tusResumable: Tus.version] : [:])
    }
}
