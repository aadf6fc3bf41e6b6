import FloydHTTP
import HTTPTypes
import Testing

@testable import FloydServer

@Suite("The router")
struct RouterTests {
    private let router = Router([
        Self.route(.get, "/jobs"),
        Self.route(.post, "/jobs"),
        Self.route(.get, "/jobs/{job}"),
        Self.route(.get, "/jobs/{job}/output"),
        Self.route(.get, "/jobs/{job}/output/{path...}"),
        Self.route(.get, "/jobs/queue/now"),
        Self.route(.head, "/uploads/{id}"),
        Self.route(.patch, "/uploads/{id}"),
    ])

    private static func route(_ method: HTTPRequest.Method, _ template: RouteTemplate) -> Route {
        Route(method, template, .open { _ in HTTPServerResponse(status: .ok) })
    }

    /// The template and the parameters that a path leads to, `405 METHODS`, or `404`.
    private func match(_ method: HTTPRequest.Method, _ segments: [String]) -> String {
        switch router.match(method, segments) {
        case .route(let route, let parameters):
            "\(route.method) \(route.template) \(parameters.joined(separator: "|"))"
        case .otherMethods(let methods): "405 \(methods.map(\.rawValue).joined(separator: ","))"
        case .nothing: "404"
        }
    }

    @Test(
        "finds what a path leads to",
        arguments: [
            (.get, ["jobs"], "GET /jobs "),
            (.head, ["jobs"], "GET /jobs "),
            (.post, ["jobs"], "POST /jobs "),
            (.get, ["jobs", "3"], "GET /jobs/{job} 3"),
            (.get, ["jobs", "queue"], "GET /jobs/{job} queue"),
            (.get, ["jobs", "queue", "now"], "GET /jobs/queue/now "),
            (.get, ["jobs", "queue", "output"], "GET /jobs/{job}/output queue"),
            (.get, ["jobs", "3", "output", "a", "b"], "GET /jobs/{job}/output/{path...} 3|a|b"),
            (.get, ["jobs", "3", "output", ""], "GET /jobs/{job}/output/{path...} 3|"),
            (.get, ["jobs", ""], "404"),
            (.get, ["jobs", "3", "log"], "404"),
            (.get, ["Jobs"], "404"),
            (.get, [""], "404"),
            (.delete, ["jobs"], "405 GET,HEAD,POST"),
            (.get, ["uploads", "x"], "405 HEAD,PATCH"),
            (.head, ["uploads", "x"], "HEAD /uploads/{id} x"),
        ] as [(HTTPRequest.Method, [String], String)]
    )
    func finds(method: HTTPRequest.Method, segments: [String], result: String) {
        #expect(match(method, segments) == result)
    }
}
