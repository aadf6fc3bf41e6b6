import FloydModel

/// What a field of a request's message takes.
indirect enum FieldShape: Sendable {
    case string
    case name
    case id
    case boolean
    case integer
    /// A whole number within bounds.
    case number(in: ClosedRange<Int>)
    case list(of: FieldShape)
    case object(MessageShape)

    /// Appends to `flaws` what is wrong with `value`, which stands at `path`.
    func check(_ value: JSONValue, at path: String, _ flaws: inout [FloydError.Field]) {
        func expected(_ what: String) {
            flaws.append(FloydError.Field(name: path, message: "expected \(what), got \(value.kind)"))
        }
        switch (self, value) {
        case (.string, .string), (.boolean, .boolean), (.integer, .integer):
            break
        case (.number(let bounds), .integer(let number)):
            if !bounds.contains(number) {
                let message = "\(number) is not within \(bounds.lowerBound) to \(bounds.upperBound)"
                flaws.append(FloydError.Field(name: path, message: message))
            }
        case (.name, .string(let text)):
            do { _ = try Name(text) } catch { flaws.append(FloydError.Field(name: path, message: error.message)) }
        case (.id, .string(let text)):
            if ObjectID(text) == nil {
                flaws.append(FloydError.Field(name: path, message: "\(Printable.cut(text)) is not an id"))
            }
        case (.list(let item), .list(let values)):
            for (index, value) in values.enumerated() { item.check(value, at: "\(path)[\(index)]", &flaws) }
        case (.object(let shape), .object(let members)):
            shape.check(members, at: path, &flaws)
        case (.string, _): expected("a string")
        case (.name, _): expected("a name")
        case (.id, _): expected("an id")
        case (.boolean, _): expected("true or false")
        case (.integer, _), (.number, _): expected("a whole number")
        case (.list, _): expected("a list")
        case (.object, _): expected("an object")
        }
    }
}

/// The fields of a message: those that must stand in it, and those that may be absent or null.
struct MessageShape: Sendable {
    var required: [String: FieldShape] = [:]
    var optional: [String: FieldShape] = [:]

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
