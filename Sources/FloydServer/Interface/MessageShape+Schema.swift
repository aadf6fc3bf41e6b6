extension FieldShape {
    /// The same as a schema.
    var schema: Schema {
        switch self {
        case .string: .string
        case .text(let shape): shape.schema
        case .name: .name
        case .id: .id
        case .boolean: .boolean
        case .number(let bounds): .integer(from: bounds.lowerBound, to: bounds.upperBound)
        case .list(let item, let maximum): .list(of: item.schema, atMost: maximum)
        case .object(let shape): shape.schema
        }
    }
}

extension TextShape {
    /// The same as a schema.
    var schema: Schema {
        let schema = Schema.string(pattern, length: length)
        return excluded.map(schema.excluding) ?? schema
    }
}

extension MessageShape {
    /// The same as a schema. What may be absent may also be null.
    var schema: Schema {
        let fields = required.mapValues(\.schema).merging(optional.mapValues(\.schema.nullable.optional)) { $1 }
        let json = Schema.object(fields).json.merging(["additionalProperties": false])
        guard !alternatives.isEmpty else { return Schema(json) }
        let choices = alternatives.map { chosen -> JSONValue in
            let others = alternatives.filter { $0 != chosen }.map { ($0, ["type": "null"] as JSONValue) }
            let own = (chosen, optional[chosen]?.schema.json ?? [:])
            return [
                "required": [.string(chosen)],
                "properties": .object(Dictionary(uniqueKeysWithValues: others + [own])),
            ]
        }
        return Schema(json.merging(["oneOf": .list(choices)]))
    }
}
