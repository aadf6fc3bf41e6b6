import FloydAPI
import FloydModel
import HTTPTypes

/// The description of the interface that other programs read (OpenAPI 3.1), made of the operations that stand beside the routes.
struct InterfaceDocument: Sendable {
    let json: JSONValue

    init(_ routes: [Route], version: String) {
        var paths: [String: [String: JSONValue]] = [:]
        var messages = MessageCatalog()
        messages.add(Problem.self)
        for route in routes {
            guard let operation = route.operation else { continue }
            let description = OperationDescription(route, operation)
            let method = route.method.rawValue.lowercased()
            paths[Self.path(of: route.template), default: [:]][method] = description.json
            for message in description.messages { messages.add(message) }
        }
        json = [
            "openapi": "3.1.0",
            "info": [
                "title": "Floydlite", "version": .string(version), "description": .string(Self.introduction),
                "license": ["name": "MIT", "identifier": "MIT"],
            ],
            // The server that gave the document, under whatever name it was asked.
            "servers": [["url": "/"]],
            "paths": .object(paths.mapValues { .object($0) }),
            "components": [
                "schemas": .object(messages.schemas), "responses": .object(ProtocolAnswer.components),
                "securitySchemes": .object(SecurityScheme.components),
            ],
        ]
    }

    /// `{path...}` is `{path}` there, which has no form for several segments.
    private static func path(of template: RouteTemplate) -> String {
        template.description.replacing("...}", with: "}")
    }

    private static let introduction = """
        Jobs, data and logs of one machine. Every GET answers HEAD, too. Other methods of a path answer 405 with Allow, other paths 404. \
        Fields of messages and parameters of queries that aren't named here are refused; answers may have new members in later releases. \
        What is sent as `Idempotency-Key` makes a retried request be done once. Errors are RFC 9457, and `code` decides. Requests that \
        aren't HTTP/1.1, or come too slowly, are answered in plain text, and the connection is closed.
        """
}

/// The messages of a document by their names, each with those that it refers to.
private struct MessageCatalog {
    private(set) var schemas: [String: JSONValue] = [:]

    mutating func add(_ message: any DescribedMessage.Type) {
        guard schemas.updateValue(message.schema.json, forKey: message.schemaName) == nil else { return }
        for part in message.parts { add(part) }
    }
}

/// How a request says who sends it.
enum SecurityScheme {
    static let components: [String: JSONValue] = [
        "bearer": ["type": "http", "scheme": "bearer", "description": "A token (RFC 6750)."],
        "basic": [
            "type": "http", "scheme": "basic",
            "description": "The account's name, which may be empty, and a token as the password (RFC 7617).",
        ],
        "cookie": [
            "type": "apiKey", "in": "cookie", "name": .string(SessionCookie.name),
            "description":
                "Of the web login. Changes need `Sec-Fetch-Site: same-origin`, or an Origin that is this server.",
        ],
    ]

    static let any: JSONValue = [["bearer": []], ["basic": []], ["cookie": []]]
}
