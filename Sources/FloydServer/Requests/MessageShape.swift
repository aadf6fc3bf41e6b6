import FloydModel

/// What a field of a request's message takes.
indirect enum FieldShape: Sendable {
    case string
    /// Text within a limit.
    case text(TextShape)
    case name
    case id
    case boolean
    /// A whole number within bounds.
    case number(in: ClosedRange<Int>)
    case list(of: FieldShape, atMost: Int)
    case object(MessageShape)

    /// Appends to `flaws` what is wrong with `value`, which stands at `path`.
    func check(_ value: JSONValue, at path: String, _ flaws: inout [FloydError.Field]) {
        func expected(_ what: String) {
            flaws.append(FloydError.Field(name: path, message: "expected \(what), got \(value.kind)"))
        }
        switch (self, value) {
        case (.string, .string), (.boolean, .boolean):
            break
        case (.number(let bounds), .integer(let number)):
            if !bounds.contains(number) {
                let message = "\(number) is not within \(bounds.lowerBound) to \(bounds.upperBound)"
                flaws.append(FloydError.Field(name: path, message: message))
            }
        case (.text(let shape), .string(let text)):
            if let flaw = shape.flaw(text) { flaws.append(FloydError.Field(name: path, message: flaw)) }
        case (.name, .string(let text)):
            do { _ = try Name(text) } catch { flaws.append(FloydError.Field(name: path, message: error.message)) }
        case (.id, .string(let text)):
            if ObjectID(text) == nil {
                flaws.append(FloydError.Field(name: path, message: "\(Printable.cut(text)) is not an id"))
            }
        case (.list(_, let maximum), .list(let values)) where values.count > maximum:
            let message = "\(values.count) items are more than \(maximum)"
            flaws.append(FloydError.Field(name: path, message: message))
        case (.list(let item, _), .list(let values)):
            for (index, value) in values.enumerated() { item.check(value, at: "\(path)[\(index)]", &flaws) }
        case (.object(let shape), .object(let members)):
            shape.check(members, at: path, &flaws)
        case (.string, _), (.text, _): expected("a string")
        case (.name, _): expected("a name")
        case (.id, _): expected("an id")
        case (.boolean, _): expected("true or false")
        case (.number, _): expected("a whole number")
        case (.list, _): expected("a list")
        case (.object, _): expected("an object")
        }
    }
}

/// What text a field takes: a rule, the same as a pattern for the interface's document, and how long it may be.
struct TextShape: Sendable {
    var length: ClosedRange<Int>
    var pattern: String
    /// What a text has no match of, though it fits the pattern.
    var excluded: String?
    /// What is wrong with a text.
    var flaw: @Sendable (String) -> String?
}

/// The fields of a message: those that must stand in it, and those that may be absent or null.
struct MessageShape: Sendable {
    var required: [String: FieldShape] = [:]
    var optional: [String: FieldShape] = [:]
    /// Fields of which exactly one has to be there.
    var alternatives: [String] = []

    func check(_ members: [String: JSONValue], at path: String = "", _ flaws: inout [FloydError.Field]) {
        func full(_ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }
        for (name, shape) in required.sorted(by: { $0.key < $1.key }) {
            guard let value = members[name] else {
                flaws.append(FloydError.Field(name: full(name), message: "is missing"))
                continue
            }
            shape.check(value, at: full(name), &flaws)
        }
        for (name, value) in members.sorted(by: { $0.key < $1.key }) where required[name] == nil {
            guard let shape = optional[name] else {
                flaws.append(FloydError.Field(name: full(Printable.cut(name)), message: "there is no such field"))
                continue
            }
            if value != .null { shape.check(value, at: full(name), &flaws) }
        }
    }
}
