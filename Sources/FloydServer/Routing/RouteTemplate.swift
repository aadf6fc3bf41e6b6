/// A path with holes: `/api/v1/jobs/{job}/output/{path...}`. `{name}` takes one segment that isn't empty, `{name...}` at the end
/// takes all that follow, at least one.
struct RouteTemplate: Sendable, Hashable, ExpressibleByStringInterpolation, CustomStringConvertible {
    enum Part: Sendable, Hashable {
        case literal(String)
        case parameter
        case rest
    }

    let description: String
    let parts: [Part]
    /// The names of the holes, in order.
    let names: [String]

    init(stringLiteral template: String) {
        description = template
        names = template.split(separator: "/").filter { $0.hasPrefix("{") && $0.hasSuffix("}") }.map {
            String($0.dropFirst().dropLast($0.hasSuffix("...}") ? 4 : 1))
        }
        parts = template.dropFirst().split(separator: "/", omittingEmptySubsequences: false).map { part in
            guard part.hasPrefix("{"), part.hasSuffix("}") else { return .literal(String(part)) }
            return part.hasSuffix("...}") ? .rest : .parameter
        }
    }
}
