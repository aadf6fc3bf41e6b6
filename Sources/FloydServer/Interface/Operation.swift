import FloydModel
import HTTPTypes

/// What one route of the interface takes and answers. It stands beside the route; the document that other programs read is made of it, and so are
/// the query parameters that the route knows. A class, since routes are copied for every request.
final class Operation: Sendable {
    /// A word that stays, by which generated clients call it.
    let id: String
    /// A sentence.
    let summary: String
    let details: String?
    let query: [Parameter]
    /// Fields of the request's head that matter.
    let fields: [Parameter]
    let body: RequestContent?
    /// How large the head of a request may be.
    let limits: HeadLimits
    let answers: [OperationAnswer]
    /// The codes of problems that are this operation's own; what may happen to any request is not among them.
    let problems: [FloydError.Code]

    init(
        _ id: String,
        _ summary: String,
        _ details: String? = nil,
        query: [Parameter] = [],
        fields: [Parameter] = [],
        body: RequestContent? = nil,
        limits: HeadLimits = .ordinary,
        answers: [OperationAnswer],
        problems: [FloydError.Code] = []
    ) {
        self.id = id
        self.summary = summary
        self.details = details
        self.query = query
        self.fields = fields
        self.body = body
        self.limits = limits
        self.answers = answers
        self.problems = problems
    }
}

extension Operation {
    /// Something is made that a repeated request must not make twice.
    ///
    /// - Parameter key: what its Idempotency-Key does.
    static func once(
        _ id: String,
        _ summary: String,
        _ details: String? = nil,
        query: [Parameter] = [],
        key: Parameter = .idempotencyKey,
        fields: [Parameter] = [],
        body: RequestContent,
        limits: HeadLimits = .ordinary,
        answers: [OperationAnswer],
        problems: [FloydError.Code] = []
    ) -> Operation {
        Operation(
            id,
            summary,
            details,
            query: query,
            fields: [key] + fields,
            body: body,
            limits: limits,
            answers: answers,
            problems: problems + [.idempotencyKeyReused]
        )
    }
}

/// The content of a request.
struct RequestContent: Sendable {
    /// By media type; nil: bytes that are described in words alone.
    var content: [(type: String, schema: Schema?)]
    var isRequired: Bool
    var description: String?

    static func json<Message: RequestMessage>(_ type: Message.Type, isRequired: Bool = true) -> RequestContent {
        RequestContent(content: [("application/json", Message.shape.schema)], isRequired: isRequired, description: nil)
    }

    static func bytes(_ type: String, isRequired: Bool = true, _ description: String) -> RequestContent {
        RequestContent(content: [(type, nil)], isRequired: isRequired, description: description)
    }
}

/// One way in which an operation answers that is no problem.
struct OperationAnswer: Sendable {
    var status: HTTPResponse.Status
    var description: String
    /// nil: there is none.
    var content: (type: String, schema: Schema?)?
    /// The messages that stand in it.
    var messages: [any DescribedMessage.Type] = []
    /// The data of server-sent events by their kinds, for which OpenAPI 3.1 has no words.
    var events: [String: Schema] = [:]
    /// What each line is, of content that is lines of JSON.
    var line: Schema?
    /// Fields of its head that matter.
    var fields: [AnswerField] = []

    /// A message as JSON.
    static func message<Message: DescribedMessage>(
        _ type: Message.Type,
        _ status: HTTPResponse.Status = .ok,
        _ description: String = "As it is now.",
        fields: [AnswerField] = []
    ) -> OperationAnswer {
        OperationAnswer(
            status: status,
            description: description,
            content: ("application/json", .message(type)),
            messages: [type],
            fields: fields
        )
    }

    /// A page of a list.
    static func page<Item: DescribedMessage>(of type: Item.Type) -> OperationAnswer {
        message(ListOf<Item>.self, .ok, "A page of the list.")
    }

    /// No content.
    static func empty(_ status: HTTPResponse.Status, _ description: String, fields: [AnswerField] = [])
        -> OperationAnswer
    {
        OperationAnswer(status: status, description: description, content: nil, fields: fields)
    }

    /// Server-sent events, each kind with its data.
    static func events(
        _ description: String,
        _ events: [String: Schema],
        of messages: [any DescribedMessage.Type]
    ) -> OperationAnswer {
        OperationAnswer(
            status: .ok,
            description: description,
            content: ("text/event-stream", nil),
            messages: messages,
            events: events
        )
    }

    /// Lines of JSON.
    static func lines<Message: DescribedMessage>(_ type: Message.Type, _ description: String) -> OperationAnswer {
        OperationAnswer(
            status: .ok,
            description: description,
            content: ("application/x-ndjson", nil),
            messages: [type],
            line: .message(type)
        )
    }

    /// Bytes.
    static func content(
        _ type: String,
        _ status: HTTPResponse.Status = .ok,
        _ description: String,
        fields: [AnswerField] = []
    ) -> OperationAnswer {
        OperationAnswer(status: status, description: description, content: (type, nil), fields: fields)
    }
}

/// A field in the head of an answer.
struct AnswerField: Sendable {
    var name: String
    var description: String
    var schema: Schema
    /// Whether every such answer has it.
    var isRequired: Bool

    init(_ name: String, _ description: String, _ schema: Schema = .string, isRequired: Bool = true) {
        self.name = name
        self.description = description
        self.schema = schema
        self.isRequired = isRequired
    }

    static let location = AnswerField("Location", "The path of what was made.", .string("^/api/v1/"))
    static let entityTag = AnswerField("ETag", "Names this state of the content.", .string("^\"[^\"]*\"$"))
    static let entityTagIfAny = AnswerField("ETag", entityTag.description, entityTag.schema, isRequired: false)
    static let acceptRanges = AnswerField(
        "Accept-Ranges",
        "Whether parts can be asked for.",
        .one(of: ["bytes", "none"]),
        isRequired: false
    )
    static let contentRange = AnswerField(
        "Content-Range",
        "Which bytes these are, and of how many (RFC 9110 §14.4).",
        .string("^bytes ")
    )
    static let disposition = AnswerField("Content-Disposition", "The name to save it under.", .string("^attachment"))
}
