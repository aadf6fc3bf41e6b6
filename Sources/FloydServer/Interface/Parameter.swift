import FloydCore
import FloydModel

/// A parameter of an operation: of its path, its query or its head.
struct Parameter: Sendable {
    var name: String
    var description: String
    var schema: Schema
    var isRequired: Bool

    init(_ name: String, _ description: String, _ schema: Schema, isRequired: Bool = false) {
        self.name = name
        self.description = description
        self.schema = schema
        self.isRequired = isRequired
    }

    // MARK: Of lists

    /// - Parameter schema: what cursors of the list look like. They are what `next` was, and nothing else.
    static func cursor(_ schema: Schema) -> Parameter {
        Parameter("cursor", "`next` of the page before; without it the first page.", schema)
    }

    static let limit = Parameter(
        "limit",
        "How many at most; 100 without it.",
        .integer(from: 1, to: PageRequest.maximumLimit)
    )

    // MARK: What lists are about

    static let job = Parameter("job", "Of this job alone, in any form that names one.", .reference(to: .projects))
    static let project = Parameter(
        "project",
        "Of this project alone, in any form that names one.",
        .reference(to: .projects)
    )
    static let dataset = Parameter(
        "dataset",
        "Of this dataset alone, in any form that names one.",
        .reference(to: .datasets)
    )
    static let after = Parameter(
        "after",
        "Behind the move with this id; 0: from the first one.",
        .integer(from: 0, to: .max)
    )
    static let user = Parameter("user", "Of the account of that name.", .name)
    static let attempt = Parameter("attempt", "Of this attempt; without it, see above.", .integer(from: 1))

    // MARK: Of heads

    static let range = Parameter(
        "Range",
        "One range of bytes (RFC 9110 §14.2). What is no range of bytes is passed over.",
        .string
    )
    static let ifRange = Parameter("If-Range", "The range counts if this is the entity tag.", .string)
    static let ifNoneMatch = Parameter("If-None-Match", "304 if one of these is the entity tag.", .string)
    /// - Parameter pattern: what ids of the stream's events look like; empty, it is not there.
    static func lastEventID(_ pattern: String) -> Parameter {
        Parameter(
            "Last-Event-ID",
            "The id of the last event that was seen; the stream goes on behind it.",
            .string("^(\(pattern))?$")
        )
    }
}
