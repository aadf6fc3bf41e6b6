import Foundation

/// Holds values against the part of JSON Schema (2020-12) that the interface's document uses.
struct SchemaCheck {
    /// The document, which references lead into.
    let root: JSON
    private(set) var flaws: [String] = []

    init(root: JSON) { self.root = root }

    /// What is wrong with `value`. A member that an object's schema doesn't name is a flaw, too: nothing is sent that isn't described.
    static func flaws(_ value: JSON, _ schema: JSON, root: JSON, at path: String = "$") -> [String] {
        var check = SchemaCheck(root: root)
        check.check(value, schema, path)
        return check.flaws
    }

    private mutating func check(_ value: JSON, _ schema: JSON, _ path: String) {
        if let reference = schema["$ref"]?.string {
            guard let target = Self.resolve(reference, in: root) else {
                return note(path, "\(reference) leads nowhere")
            }
            check(value, target, path)
        }
        for part in schema["allOf"]?.items ?? [] { check(value, part, path) }
        for word in ["anyOf", "oneOf"] {
            guard let choices = schema[word]?.items else { continue }
            let all = choices.map { Self.flaws(value, $0, root: root, at: path) }
            let fitting = all.count { $0.isEmpty }
            if fitting == 0 { flaws += all.min { $0.count < $1.count } ?? [] }
            if word == "oneOf", fitting > 1 { note(path, "fits several of oneOf") }
        }
        if let excluded = schema["not"], Self.flaws(value, excluded, root: root).isEmpty { note(path, "fits `not`") }
        if let words = schema["enum"]?.items, !words.contains(value) { note(path, "\(value) is not one of \(words)") }
        guard schema["type"]?.string.map({ Self.isOf(type: $0, value) }) ?? true else {
            return note(path, "\(value) is no \(schema["type"]?.string ?? "")")
        }
        switch value {
        case .string(let text): check(text, schema, path)
        case .number(let number):
            if let least = schema["minimum"]?.number, number < least { note(path, "\(number) is below \(least)") }
            if let most = schema["maximum"]?.number, number > most { note(path, "\(number) is above \(most)") }
        case .list(let items):
            if let most = schema["maxItems"]?.number, Double(items.count) > most { note(path, "more than \(most)") }
            guard let item = schema["items"] else { break }
            for (index, value) in items.enumerated() { check(value, item, "\(path)[\(index)]") }
        case .object(let members): check(members, schema, path)
        case .null, .boolean: break
        }
    }

    private mutating func check(_ text: String, _ schema: JSON, _ path: String) {
        let length = Double(text.unicodeScalars.count)
        if let least = schema["minLength"]?.number, length < least { note(path, "too short") }
        if let most = schema["maxLength"]?.number, length > most { note(path, "too long") }
        if let pattern = schema["pattern"]?.string, text.range(of: pattern, options: .regularExpression) == nil {
            note(path, "\(text) doesn't match \(pattern)")
        }
        if schema["format"]?.string == "date-time",
            text.range(of: #"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$"#, options: .regularExpression) == nil
        {
            note(path, "\(text) is no time")
        }
    }

    private mutating func check(_ members: [String: JSON], _ schema: JSON, _ path: String) {
        for name in schema["required"]?.items.compactMap(\.string) ?? [] where members[name] == nil {
            note(path, "\(name) is missing")
        }
        let known = schema["properties"]?.members ?? [:]
        for (name, value) in members {
            if let shape = known[name] {
                check(value, shape, "\(path).\(name)")
            } else if schema["type"]?.string == "object" {
                note(path, "\(name) is not described")
            }
        }
    }

    private mutating func note(_ path: String, _ flaw: String) {
        flaws.append("\(path): \(flaw)")
    }

    private static func isOf(type: String, _ value: JSON) -> Bool {
        switch (type, value) {
        case ("null", .null), ("boolean", .boolean), ("number", .number), ("string", .string), ("array", .list),
            ("object", .object):
            true
        case ("integer", .number(let number)): number == number.rounded()
        default: false
        }
    }

    /// `#/a/b`.
    static func resolve(_ reference: String, in root: JSON) -> JSON? {
        guard reference.hasPrefix("#/") else { return nil }
        return reference.dropFirst(2).split(separator: "/").reduce(root as JSON?) { $0?[String($1)] }
    }
}
