/// What a value may be, in JSON Schema (2020-12, the dialect of OpenAPI 3.1).
struct Schema: Sendable, Hashable {
    var json: JSONValue

    init(_ json: JSONValue) { self.json = json }

    static let string = Schema(["type": "string"])
    static let boolean = Schema(["type": "boolean"])
    static let integer = Schema(["type": "integer"])
    static let number = Schema(["type": "number"])
    /// Bytes or seconds, counts: what is never negative.
    static let count = Schema.integer(from: 0)
    /// RFC 3339, in UTC.
    static let time = Schema(["type": "string", "format": "date-time"])

    /// - Parameter maximum: what isn't said otherwise ends where 64 bits do: more is refused, as no number that this server reads.
    static func integer(from minimum: Int, to maximum: Int = .max) -> Schema {
        Schema(["type": "integer", "minimum": .integer(minimum), "maximum": .integer(maximum)])
    }

    static func string(_ pattern: String, length: ClosedRange<Int>? = nil) -> Schema {
        let schema = Schema(["type": "string", "pattern": .string(pattern)])
        return length.map(schema.length) ?? schema
    }

    /// The same but for the texts that have a match of `pattern`.
    func excluding(_ pattern: String) -> Schema {
        Schema(json.merging(["not": ["pattern": .string(pattern)]]))
    }

    func length(_ bounds: ClosedRange<Int>) -> Schema {
        Schema(json.merging(["minLength": .integer(bounds.lowerBound), "maxLength": .integer(bounds.upperBound)]))
    }

    static func one(of words: [String]) -> Schema {
        Schema(["type": "string", "enum": .list(words.map { .string($0) })])
    }

    /// One of the cases.
    static func cases<Word: RawRepresentable<String> & CaseIterable>(of type: Word.Type) -> Schema {
        one(of: type.allCases.map(\.rawValue))
    }

    static func list(of item: Schema, atMost maximum: Int? = nil) -> Schema {
        let json: JSONValue = ["type": "array", "items": item.json]
        return Schema(maximum.map { json.merging(["maxItems": .integer($0)]) } ?? json)
    }

    /// An object. Members whose schema is `optional()` may be absent; all others are always there.
    static func object(_ members: [String: Schema]) -> Schema {
        let required = members.filter { !$0.value.isOptional }.keys.sorted()
        var json: JSONValue = ["type": "object", "properties": .object(members.mapValues(\.plain))]
        if !required.isEmpty { json = json.merging(["required": .list(required.map { .string($0) })]) }
        return Schema(json)
    }

    /// A message that the document describes under its own name.
    static func message(_ type: (some DescribedMessage).Type) -> Schema {
        Schema(["$ref": .string("#/components/schemas/\(type.schemaName)")])
    }

    /// The same, or null.
    var nullable: Schema { Schema(["anyOf": [json, ["type": "null"]]]) }

    func described(_ text: String) -> Schema { Schema(json.merging(["description": .string(text)])) }

    // MARK: Members that may be absent

    private static let optionalMark = "x-optional"

    /// The member may be absent.
    var optional: Schema { Schema(json.merging([Self.optionalMark: true])) }

    private var isOptional: Bool {
        if case .object(let members) = json { members[Self.optionalMark] != nil } else { false }
    }

    private var plain: JSONValue {
        guard case .object(var members) = json else { return json }
        members[Self.optionalMark] = nil
        return .object(members)
    }
}
