import FloydHTTP
import HTTPTypes

/// A route that answers everybody the same each time. A class, since its parts are too many to be copied for every request.
final class ConstantRoute: Sendable {
    let path: String
    let number: Int
    let response: HTTPServerResponse
    private let method: HTTPRequest.Method
    private let query: [String]
    private let limits: HeadLimits

    /// - Returns: nil for a route of another kind.
    init?(_ route: Route) {
        guard case .constant(let response) = route.handler else { return nil }
        path = route.template.description
        number = route.number
        method = route.method
        query = route.query
        limits = route.limits
        self.response = response
    }

    /// Whether the request, which is for the path, is for this route and within its limits.
    func takes(_ request: HTTPServerRequest) -> Bool {
        guard request.method == method, (try? limits.check(request.headSize)) != nil else { return false }
        return (try? QueryParameters(request.query, known: query)) != nil
    }
}
