import HTTPTypes

/// What tells one state of a resource from every other: a strong entity tag (RFC 9110 §8.8.3), and what requests make of it.
struct EntityTag: Sendable, Hashable {
    /// As it stands in fields, in quotes.
    let field: String

    /// - Parameter validator: letters, digits and colons.
    init(_ validator: String) {
        field = "\"\(validator)\""
    }

    /// Whether who asks has this state already: If-None-Match names it (RFC 9110 §13.1.2, by weak comparison).
    func isKnown(by fields: HTTPFields) -> Bool {
        guard let known = fields[.ifNoneMatch] else { return false }
        if known.trimmed == "*" { return true }
        // A comma within a tag splits it into parts that are no tag of ours.
        return known.split(separator: ",").contains { part in
            let tag = part.trimmed
            return (tag.hasPrefix("W/") ? tag.dropFirst(2) : tag) == field
        }
    }

    /// Whether a range is to be honoured: there is no If-Range, or it names exactly this state (RFC 9110 §13.1.5). One that gives a date is not: a file
    /// may change twice within its second.
    static func allowsRange(_ tag: EntityTag?, _ fields: HTTPFields) -> Bool {
        guard let wanted = fields[.ifRange] else { return true }
        return wanted.trimmed[...] == tag?.field[...]
    }
}

extension StringProtocol {
    /// Without spaces and tabs at its ends.
    fileprivate var trimmed: Substring {
        var rest = Substring(self)
        while let first = rest.first, first == " " || first == "\t" { rest.removeFirst() }
        while let last = rest.last, last == " " || last == "\t" { rest.removeLast() }
        return rest
    }
}
