import FloydCore
import FloydHTTP
import FloydModel
import HTTPTypes

/// One method of one path, who may ask for it, and what answers.
struct Route: Sendable {
    /// Who a route answers, and with what. The handlers of `account` and `page` can't be called without somebody who is logged in.
    enum Handler: Sendable {
        /// Everybody, the same each time, without a task for it.
        case constant(HTTPServerResponse)
        /// Everybody. Errors are problems.
        case open(@Sendable (RoutedRequest) async throws -> HTTPServerResponse)
        /// Who has a valid token or session. Errors are problems.
        case account(@Sendable (RoutedRequest, Account) async throws -> HTTPServerResponse)
        /// A page for everybody, which may know who is logged in. Errors are pages.
        case openPage(@Sendable (RoutedRequest, Account?) async throws -> HTTPServerResponse)
        /// A page for who is logged in; others are sent to the login. Errors are pages.
        case page(@Sendable (RoutedRequest, Account) async throws -> HTTPServerResponse)
    }

    var method: HTTPRequest.Method
    var template: RouteTemplate
    /// The names of the query parameters it takes.
    var query: [String]
    /// The names of the fields of the form that is its body; nil: it takes no form.
    var form: [String]?
    /// How large the head of a request for it may be.
    var limits: HeadLimits
    /// What it takes and answers, of a route of the interface. Pages have none.
    var operation: Operation?
    var handler: Handler
    /// Its place among the application's routes.
    var number = 0

    /// A route of the interface.
    init(_ method: HTTPRequest.Method, _ template: RouteTemplate, _ operation: Operation, _ handler: Handler) {
        self.init(method, template, query: operation.query.map(\.name), limits: operation.limits, handler)
        self.operation = operation
    }

    init(
        _ method: HTTPRequest.Method,
        _ template: RouteTemplate,
        query: [String] = [],
        form: [String]? = nil,
        limits: HeadLimits = .ordinary,
        _ handler: Handler
    ) {
        self.method = method
        self.template = template
        self.query = query
        self.form = form
        self.limits = limits
        self.handler = handler
    }
}
