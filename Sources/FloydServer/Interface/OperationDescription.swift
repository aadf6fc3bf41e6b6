import FloydAPI
import FloydModel
import HTTPTypes

/// One operation as the document has it: what stands beside its route, and what goes for every route of its kind.
struct OperationDescription {
    private let route: Route
    private let operation: Operation

    init(_ route: Route, _ operation: Operation) {
        self.route = route
        self.operation = operation
    }

    /// The messages that the answers refer to.
    var messages: [any DescribedMessage.Type] { operation.answers.flatMap(\.messages) }

    var json: JSONValue {
        var json: JSONValue = [
            "operationId": .string(operation.id),
            "summary": .string(operation.summary),
            "responses": .object(answers),
            "security": needsAccount ? SecurityScheme.any : [],
        ]
        if let details = operation.details { json = json.merging(["description": .string(details)]) }
        if !parameters.isEmpty { json = json.merging(["parameters": .list(parameters)]) }
        if let body = operation.body { json = json.merging(["requestBody": Self.body(body)]) }
        return json
    }

    private var needsAccount: Bool {
        if case .account = route.handler { true } else { false }
    }

    private var isSafe: Bool { route.method == .get || route.method == .head || route.method == .options }

    // MARK: What it takes

    private var parameters: [JSONValue] {
        let rest = route.template.parts.contains(.rest) ? route.template.names.last : nil
        let path = route.template.names.compactMap { name in
            Parameter.inPath(name).map { Self.parameter($0, in: "path", isRest: name == rest) }
        }
        return path + operation.query.map { Self.parameter($0, in: "query") }
            + operation.fields.map { Self.parameter($0, in: "header") }
    }

    private static func parameter(_ parameter: Parameter, in place: JSONValue, isRest: Bool = false) -> JSONValue {
        var json: JSONValue = [
            "name": .string(parameter.name), "in": place, "required": .boolean(parameter.isRequired),
            "description": .string(parameter.description), "schema": parameter.schema.json,
        ]
        // OpenAPI has no word for it.
        if isRest { json = json.merging(["x-multi-segment": true]) }
        return json
    }

    private static func body(_ body: RequestContent) -> JSONValue {
        var json: JSONValue = [
            "required": .boolean(body.isRequired),
            "content": .object(
                Dictionary(uniqueKeysWithValues: body.content.map { ($0.type, media($0.schema)) })
            ),
        ]
        if let text = body.description { json = json.merging(["description": .string(text)]) }
        return json
    }

    private static func media(_ schema: Schema?) -> JSONValue {
        schema.map { ["schema": $0.json] } ?? [:]
    }

    // MARK: What it answers

    private var answers: [String: JSONValue] {
        var answers = ProtocolAnswer.references
        for answer in operation.answers { answers["\(answer.status.code)"] = Self.answer(answer) }
        for (status, codes) in Dictionary(grouping: problems, by: \.status) {
            answers["\(status)"] = problem(status, codes)
        }
        return answers
    }

    /// Its own, and what may happen to every request of its kind.
    private var problems: Set<FloydError.Code> {
        var codes: Set<FloydError.Code> = [.invalidRequest, .invalidPath, .internalError, .unavailable, .tooLarge]
        codes.formUnion([.targetTooLong, .headTooLarge, .tooSlow, .shuttingDown])
        codes.formUnion(operation.problems)
        if !route.template.names.isEmpty { codes.insert(.invalidName) }
        if operation.body?.content.contains(where: { $0.schema != nil }) == true { codes.insert(.unsupportedMediaType) }
        guard needsAccount else { return codes }
        codes.formUnion([.unauthenticated, .tooManyAttempts])
        if !isSafe { codes.formUnion([.forbidden, .outOfSpace]) }
        return codes
    }

    private func problem(_ status: Int, _ codes: [FloydError.Code]) -> JSONValue {
        let words = JSONValue.list(codes.map(\.rawValue).sorted().map { .string($0) })
        var content: [String: JSONValue] = [
            MediaType.problem: [
                "schema": [
                    "allOf": [
                        ["$ref": "#/components/schemas/Problem"], ["properties": ["code": ["enum": words]]],
                    ]
                ]
            ]
        ]
        // What the connection itself refuses has no route and no form but words.
        if ProtocolAnswer.shared.contains(status) { content[MediaType.plain] = [:] }
        var fields = ProtocolAnswer.fields(of: status)
        if isTus {
            fields.append(AnswerField("Tus-Resumable", "The version of tus that is spoken.", isRequired: false))
        }
        return Self.answer(description(of: status), content, fields)
    }

    private func description(of status: Int) -> String {
        let phrase = Problem.phrase(of: status)
        let limits = operation.limits
        return switch status {
        case 414: "\(phrase): the request line has more than \(limits.line) bytes."
        case 431: "\(phrase): the head has more than \(limits.count) fields, or they more than \(limits.bytes) bytes."
        default: phrase
        }
    }

    /// Answers about uploads say the protocol's version, refusals too.
    private var isTus: Bool { route.template.description.hasPrefix(APIPath.uploads) }

    private static func answer(_ answer: OperationAnswer) -> JSONValue {
        var more: [String: JSONValue] = [:]
        if !answer.events.isEmpty { more["x-events"] = .object(answer.events.mapValues(\.json)) }
        if let line = answer.line { more["x-lines"] = line.json }
        let content = answer.content.map { [$0.type: media($0.schema).merging(.object(more))] } ?? [:]
        return self.answer(answer.description, content, answer.fields)
    }

    private static func answer(_ text: String, _ content: [String: JSONValue], _ fields: [AnswerField]) -> JSONValue {
        var json: JSONValue = ["description": .string(text)]
        if !content.isEmpty { json = json.merging(["content": .object(content)]) }
        if !fields.isEmpty {
            let fields = fields.map { field -> (String, JSONValue) in
                (
                    field.name,
                    [
                        "description": .string(field.description), "required": .boolean(field.isRequired),
                        "schema": field.schema.json,
                    ]
                )
            }
            json = json.merging(["headers": .object(Dictionary(fields, uniquingKeysWith: { $1 }))])
        }
        return json
    }
}

/// What the connection answers before a route is found: requests that are over the server's own limits, too slow, or no HTTP/1.1.
enum ProtocolAnswer {
    private static let statuses: [Int: String] = [
        417: "What is expected is not 100-continue.",
        501: "The transfer coding is not known.",
        505: "The version is not HTTP/1.1.",
    ]
    /// Statuses that routes answer with, too.
    static let shared: Set<Int> = [400, 408, 413, 414, 431, 503]

    static var components: [String: JSONValue] {
        Dictionary(
            uniqueKeysWithValues: statuses.map { status, text in
                ("Refused\(status)", ["description": .string(text), "content": [MediaType.plain: [:]]])
            }
        )
    }

    static var references: [String: JSONValue] {
        Dictionary(
            uniqueKeysWithValues: statuses.keys.map { status in
                ("\(status)", ["$ref": .string("#/components/responses/Refused\(status)")])
            }
        )
    }

    /// What stands in the head of a problem of that status.
    static func fields(of status: Int) -> [AnswerField] {
        switch status {
        case 401: [AnswerField("WWW-Authenticate", "How to log in (RFC 9110 §11.6.1).")]
        case 412: [AnswerField("Tus-Version", "The versions of tus that are spoken.")]
        case 416: [AnswerField("Content-Range", "How many bytes there are.", .string("^bytes \\*/[0-9]+$"))]
        case 429, 503: [AnswerField("Retry-After", "Seconds until it is worth another try.", .string("^[0-9]+$"))]
        default: []
        }
    }
}
