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
    /// Routes with a constant answer, by their path.
    private let constants: [Substring: ConstantRoute]
    private let authenticator: Authenticator
    private let errors: ErrorTranslation
    private let notFound: NotFoundBeat
    private let pages: Pages
    private let trustedProxies: TrustedProxies
    private let metrics: MetricsController
    /// What the servers of this application do, counted.
    let requests: RequestMetrics

    /// - Throws: what the template engine throws, if a page's template is malformed, which the tests exclude.
    public init(services: Services, configuration: ApplicationConfiguration, logger: Logger) throws {
        try self.init(services: services, configuration: configuration, logger: logger, now: { Date() })
    }

    init(
        services: Services,
        configuration: ApplicationConfiguration,
        logger: Logger,
        now: @escaping @Sendable () -> Date,
        instant: @escaping @Sendable () -> ContinuousClock.Instant = { .now },
        notFound: NotFoundBeat = NotFoundBeat()
    ) throws {
        self.notFound = notFound
        let authenticator = Authenticator(accounts: services.accounts, gate: LoginGate(now: instant))
        self.authenticator = authenticator
        errors = ErrorTranslation(logger: logger)
        let requests = RequestMetrics()
        trustedProxies = configuration.trustedProxies
        pages = try Pages(services: services, authenticator: authenticator, configuration: configuration, now: now)
        var routes = try ServerController(machine: services.machine).routes
        routes += TokenController(accounts: services.accounts).routes
        routes += DataController(data: services.data).routes
        routes += TreeController(trees: services.trees, logger: logger).routes
        routes += DifferenceController(differences: services.differences).routes
        routes +=
            UploadController(uploads: services.uploads, archives: services.archives, received: requests.uploaded).routes
        routes += ArchiveController(archives: services.archives, received: requests.uploaded).routes
        routes += VersionController(versions: services.versions).routes
        routes += JobController(jobs: services.jobs).routes
        let logs = LogController(
            logs: services.logs,
            jobs: services.jobs,
            heartbeat: configuration.heartbeat,
            followers: requests.followers,
            logger: logger
        )
        routes += logs.routes
        let events = EventController(
            events: services.events,
            jobs: services.jobs,
            heartbeat: configuration.heartbeat,
            logger: logger
        )
        routes += events.routes
        let metrics = MetricsController(
            metrics: services.metrics,
            requests: requests,
            version: configuration.version
        )
        routes += metrics.routes
        self.metrics = metrics
        routes += OutputController(outputs: services.outputs, jobs: services.jobs, logger: logger).routes
        routes += InterfaceController(describing: routes, version: configuration.version).routes
        routes += pages.routes
        for index in routes.indices { routes[index].number = index }
        requests.setTemplates(routes.map(\.template.description))
        self.routes = routes
        self.requests = requests
        router = Router(routes)
        constants = Dictionary(
            routes.compactMap(ConstantRoute.init).map { (Substring($0.path), $0) },
            uniquingKeysWith: { first, _ in first }
        )
    }

    /// The answer to a request to which it is always the same; nil: `handle` finds the answer. Does no more than look the path up, since most
    /// requests are of the other kind.
    public func constantAnswer(to request: HTTPServerRequest, peerIsUser: Bool = true) -> HTTPServerResponse? {
        guard let route = constants[request.path], route.takes(request) else { return nil }
        let origin = origin(of: request, peerIsUser: peerIsUser)
        var response = route.response
        response.annotation = RequestNote(route: route.number, user: nil, client: origin.address)
        return response
    }

    /// Answers a request. Runs on the executor it is called on and blocks it only for the moments that coding takes.
    ///
    /// - Parameter peerIsUser: whether the peer of a Unix socket is who asks, as it is on the local socket; else it is a proxy at most.
    public func handle(_ request: HTTPServerRequest, peerIsUser: Bool = true) async -> HTTPServerResponse {
        let origin = origin(of: request, peerIsUser: peerIsUser)
        var asked = Asked()
        var response = await response(to: request, origin, &asked)
        response.annotation = RequestNote(route: asked.route, user: asked.account?.name, client: origin.address)
        return response
    }

    /// What a request is answered that comes before there is an application.
    public static var notReady: HTTPServerResponse {
        ProblemResponse.make(FloydError(.unavailable, "the server is starting", hint: "Try again in a moment."))
    }

    /// What a request is answered that comes when the servers have stopped and others are still under way.
    public func refusalAfterStop(of request: HTTPServerRequest, peerIsUser: Bool = true) -> HTTPServerResponse {
        let error = FloydError(.shuttingDown, "the server is shutting down", hint: "Try again in a moment.")
        var response =
            Tus.isUpload(request) ? problem(error, to: request) : unrouted(request, error, [.retryAfter: "1"])
        let origin = origin(of: request, peerIsUser: peerIsUser)
        response.annotation = RequestNote(route: nil, user: nil, client: origin.address)
        return response
    }

    /// Answers a request of the listener for metrics, where nobody logs in.
    public func handleMetrics(_ request: HTTPServerRequest) async -> HTTPServerResponse {
        let origin = origin(of: request, peerIsUser: false)
        var asked = Asked()
        var response: HTTPServerResponse
        do {
            guard request.path == "/metrics" || request.path == "/healthz" else {
                throw FloydError(.notFound, "there is nothing at this address", hint: "Metrics are at /metrics.")
            }
            asked.route = routes.firstIndex { $0.method == .get && $0.template.description == request.path }
            guard request.method == .get || request.method == .head else {
                throw FloydError(.methodNotAllowed, "this is only read")
            }
            if request.path != "/metrics" {
                response = await self.response(to: request, origin, &asked)
            } else if let refusal = asked.route.flatMap({ refusalOfHead(of: request, routes[$0]) }) {
                response = refusal
            } else {
                response = try await metrics.response()
            }
        } catch {
            response = ProblemResponse.make(errors.error(from: error, during: "metrics"))
        }
        response.annotation = RequestNote(route: asked.route, user: nil, client: origin.address)
        return response
    }

    /// What was found out about a request on the way to its answer.
    private struct Asked {
        /// The route's place among all.
        var route: Int?
        var account: Account?
    }

    private func response(
        to request: HTTPServerRequest,
        _ origin: RequestOrigin,
        _ asked: inout Asked
    ) async -> HTTPServerResponse {
        let route: Route
        let parameters: [String]
        do {
            let segments = try PathSegments.parse(request.path)
            switch router.match(Tus.method(of: request), segments) {
            case .route(let found, let values):
                route = found
                asked.route = found.number
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
        if let refusal = refusalOfHead(of: request, route) { return refusal }
        let begin = notFound.now()
        do {
            return try await answer(request, origin, route, parameters, &asked.account)
        } catch let slowed as SlowedLogin {
            return problem(slowed.shown, to: request, [.retryAfter: "\(slowed.retryAfter)"])
        } catch {
            let shown = errors.error(from: error, during: "\(route.method) \(route.template)")
            if shown.code.status == 404 { await notFound.wait(since: begin) }
            return refusal(shown, of: request, route)
        }
    }

    /// The answer to a request whose head is larger than its route takes. The connection ends with it: whoever sends too much gets no body read, and no second
    /// try on the same connection, as with the server's own limits.
    private func refusalOfHead(of request: HTTPServerRequest, _ route: Route) -> HTTPServerResponse? {
        do throws(FloydError) {
            try route.limits.check(request.headSize)
            return nil
        } catch {
            var response = refusal(error, of: request, route)
            response.endsConnection = true
            return response
        }
    }

    /// An error in the form that the route has for them.
    private func refusal(_ error: FloydError, of request: HTTPServerRequest, _ route: Route) -> HTTPServerResponse {
        switch route.handler {
        case .constant, .open, .account: problem(error, to: request)
        case .openPage, .page: pages.error(error)
        }
    }

    private func origin(of request: HTTPServerRequest, peerIsUser: Bool) -> RequestOrigin {
        var trusted = trustedProxies
        guard case .unix = request.peer else {
            return RequestOrigin(peer: request.peer, fields: request.headerFields, trusted: trusted)
        }
        if peerIsUser { trusted.includesUnixSockets = false }
        var origin = RequestOrigin(peer: request.peer, fields: request.headerFields, trusted: trusted)
        // A proxy that runs as somebody with an account mustn't log everybody in as them.
        if !peerIsUser { origin.uid = nil }
        return origin
    }

    /// Who may ask is decided before anything else is looked at, and before the body is read.
    private func answer(
        _ request: HTTPServerRequest,
        _ origin: RequestOrigin,
        _ route: Route,
        _ parameters: [String],
        _ asker: inout Account?
    ) async throws -> HTTPServerResponse {
        func routed(_ login: Login? = nil) throws(FloydError) -> RoutedRequest {
            RoutedRequest(
                http: request,
                parameters: parameters,
                query: try QueryParameters(request.query, known: route.query),
                form: route.form ?? [],
                origin: origin,
                login: login,
                renew: { [accounts = authenticator.accounts] in
                    if let login { _ = try await accounts.renew(login) }
                }
            )
        }
        switch route.handler {
        case .constant(let response):
            _ = try routed()
            return response
        case .open(let handle):
            return try await handle(try routed())
        case .account(let handle):
            var head = request.head
            head.method = route.method
            let login = try await authenticator.login(of: head, from: origin)
            asker = login.account
            return try await handle(try routed(login), login.account)
        case .openPage(let handle):
            let login = try await authenticator.loginIfAny(of: request.head, from: origin)
            asker = login?.account
            return try await handle(try routed(login), login?.account)
        case .page(let handle):
            guard let login = try await authenticator.loginIfAny(of: request.head, from: origin) else {
                return LoginPage.redirect(insteadOf: request)
            }
            asker = login.account
            return try await handle(try routed(login), login.account)
        }
    }

    private func unrouted(_ request: HTTPServerRequest, _ error: FloydError, _ fields: HTTPFields = [:])
        -> HTTPServerResponse
    {
        guard !request.path.hasPrefix(APIPath.root), request.headerFields[.accept]?.contains("text/html") == true
        else { return ProblemResponse.make(error, fields) }
        return pages.error(error, fields)
    }

    /// Answers of the upload protocol say its version, refusals too.
    private func problem(
        _ error: FloydError,
        to request: HTTPServerRequest,
        _ fields: HTTPFields = [:]
    ) -> HTTPServerResponse {
        var fields = fields
        if Tus.isUpload(request) { fields[.tusResumable] = Tus.version }
        return ProblemResponse.make(error, fields)
    }
}
