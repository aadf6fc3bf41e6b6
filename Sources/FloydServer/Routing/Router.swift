import HTTPTypes

/// Finds the route of a path by walking a tree of its segments; a literal goes before a parameter.
struct Router: Sendable {
    /// What a path leads to.
    enum Match: Sendable {
        case route(Route, parameters: [String])
        /// The path is known, the method isn't one of its; these are.
        case otherMethods([HTTPRequest.Method])
        case nothing
    }

    private struct Node: Sendable {
        var literals: [String: Int] = [:]
        var parameter: Int?
        var rest: Int?
        var routes: [Route] = []
    }

    /// The tree, flat; 0 is its root.
    private var nodes = [Node()]

    init(_ routes: [Route]) {
        for route in routes { insert(route) }
    }

    private mutating func insert(_ route: Route) {
        var index = 0
        for part in route.template.parts {
            let next: Int
            switch part {
            case .literal(let text):
                next = nodes[index].literals[text] ?? nodes.count
                nodes[index].literals[text] = next
            case .parameter:
                next = nodes[index].parameter ?? nodes.count
                nodes[index].parameter = next
            case .rest:
                next = nodes[index].rest ?? nodes.count
                nodes[index].rest = next
            }
            if next == nodes.count { nodes.append(Node()) }
            index = next
        }
        nodes[index].routes.append(route)
    }

    /// - Parameter segments: the path's, decoded.
    func match(_ method: HTTPRequest.Method, _ segments: [String]) -> Match {
        var parameters: [String] = []
        guard let node = find(segments[...], from: 0, &parameters) else { return .nothing }
        let routes = nodes[node].routes
        if let route = routes.first(where: { $0.method == method }) { return .route(route, parameters: parameters) }
        // RFC 9110 §9.3.2: HEAD is GET without the content, which the server leaves out.
        if method == .head, let route = routes.first(where: { $0.method == .get }) {
            return .route(route, parameters: parameters)
        }
        var methods = routes.map(\.method)
        if methods.contains(.get), !methods.contains(.head) { methods.append(.head) }
        return .otherMethods(methods.sorted { $0.rawValue < $1.rawValue })
    }

    private func find(_ segments: ArraySlice<String>, from index: Int, _ parameters: inout [String]) -> Int? {
        let node = nodes[index]
        guard let first = segments.first else { return node.routes.isEmpty ? nil : index }
        if let next = node.literals[first], let found = find(segments.dropFirst(), from: next, &parameters) {
            return found
        }
        if let next = node.parameter, !first.isEmpty {
            parameters.append(first)
            if let found = find(segments.dropFirst(), from: next, &parameters) { return found }
            parameters.removeLast()
        }
        if let next = node.rest {
            parameters.append(contentsOf: segments)
            return next
        }
        return nil
    }
}
