import FloydAPI
import FloydCore
import FloydHTTP
import FloydModel
import FoundationEssentials
import HTTPTypes

/// The web pages: complete without scripts, rendered away from the event loops.
struct Pages: Sendable {
    private let jobs: any JobServing
    private let version: String
    private let home: HomePage
    private let job: JobPage
    private let login: LoginPage
    private let errorTemplate: PageTemplate

    init(
        services: Services,
        authenticator: Authenticator,
        configuration: ApplicationConfiguration,
        now: @escaping @Sendable () -> Date
    ) throws {
        jobs = services.jobs
        version = configuration.version
        home = HomePage(services: services, template: try PageTemplate(body: HomeTemplate.body), now: now)
        job = JobPage(
            services: services,
            template: try PageTemplate(body: JobTemplate.body),
            logExcerpt: configuration.logExcerpt,
            now: now
        )
        login = LoginPage(
            accounts: services.accounts,
            authenticator: authenticator,
            template: try PageTemplate(body: LoginTemplate.body)
        )
        errorTemplate = try PageTemplate(body: ErrorTemplate.body)
    }

    var routes: [Route] {
        [
            Route(.get, "/", query: ["next"], limits: .pageWithAnother, .openPage(showHome)),
            Route(.post, "/login", form: ["token", "next"], .openPage(logIn)),
            Route(.post, "/logout", form: [], .page(logOut)),
            Route(.get, "/jobs/{job}", query: ["log"], .page(showJob)),
            Route(.post, "/jobs/{job}/stop", form: ["grace"], .page(stopJob)),
            Asset.style.route,
            Asset.script.route,
            Asset.icon.route,
        ]
    }

    private func showHome(_ request: RoutedRequest, as account: Account?) async throws -> HTTPServerResponse {
        guard let account else { return login.form(frame(), next: request.query["next"]) }
        return try await BlockingWork.run { try await home.response(for: account, frame(account)) }
    }

    private func logIn(_ request: RoutedRequest, as account: Account?) async throws -> HTTPServerResponse {
        try await login.login(request, frame())
    }

    private func logOut(_ request: RoutedRequest, as account: Account) async throws -> HTTPServerResponse {
        try await login.logout(request)
    }

    private func showJob(_ request: RoutedRequest, as account: Account) async throws -> HTTPServerResponse {
        let withLog: Bool
        switch request.query["log"] {
        case nil: withLog = true
        case "no": withLog = false
        default: throw QueryParameters.wrong("log", "is not no")
        }
        let reference = try request.reference()
        return try await BlockingWork.run {
            try await job.response(for: reference, withLog: withLog, as: account, frame(account))
        }
    }

    private func stopJob(_ request: RoutedRequest, as account: Account) async throws -> HTTPServerResponse {
        let reference = try request.reference()
        let grace = try await Self.grace(request)
        do {
            _ = try await jobs.stop(reference, grace: grace, as: account)
        } catch let error as FloydError where error.code == .conflict {
            // It ended meanwhile, which its page says better than an error.
        }
        return .seeOther("/jobs/\(APIPath.encoded(reference.description))")
    }

    /// What the button that was pressed says: nothing, or none.
    private static func grace(_ request: RoutedRequest) async throws -> Int? {
        guard let text = try await FormBody(of: request)["grace"] else { return nil }
        guard let grace = Int(text), (0...StopJobRequest.maximumGrace).contains(grace) else {
            throw FormBody.wrong("grace", "is not a number of seconds up to \(StopJobRequest.maximumGrace)")
        }
        return grace
    }

    /// An error as a page.
    func error(_ error: FloydError, _ fields: HTTPFields = [:]) -> HTTPServerResponse {
        let problem = Problem(error)
        let phrase = Problem.phrase(of: problem.status)
        var values = frame().values(title: "\(phrase) · Floydlite")
        values["status"] = phrase
        values["failure"] = error.message
        values["hint"] = JobView.present(error.hint)
        return errorTemplate.response(values, status: HTTPResponse.Status(code: problem.status), fields)
    }

    private func frame(_ account: Account? = nil) -> PageFrame {
        PageFrame(version: version, account: account)
    }
}
