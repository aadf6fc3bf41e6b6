import FloydModel

/// The parameters of a request's query. Each may be given once; those that a route doesn't know are refused by name.
struct QueryParameters: Sendable, Hashable {
    private var values: [String: String] = [:]

    /// - Throws: `invalidRequest` for a malformed escape, a parameter that stands twice, or one that isn't among `known`.
    init(_ query: (some StringProtocol)?, known: [String]) throws(FloydError) {
        guard let query, !query.isEmpty else { return }
        for pair in query.split(separator: "&", omittingEmptySubsequences: true) {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = PercentDecoding.decode(parts[0]),
                let value = PercentDecoding.decode(parts.count == 2 ? parts[1] : "")
            else {
                throw FloydError(.invalidRequest, "the query has an invalid percent-encoding")
            }
            guard known.contains(name) else { throw Self.unknown(name, known: known) }
            guard values.updateValue(value, forKey: name) == nil else {
                throw Self.wrong(name, "is given twice")
            }
        }
    }

    subscript(name: String) -> String? { values[name] }

    /// The whole number that the parameter spells.
    func integer<Number: FixedWidthInteger>(_ name: String, _ type: Number.Type = Number.self) throws(FloydError)
        -> Number?
    {
        guard let text = values[name] else { return nil }
        guard let first = text.utf8.first, first != UInt8(ascii: "+"), let number = Number(text) else {
            throw Self.wrong(name, "is not a whole number")
        }
        return number
    }

    func boolean(_ name: String) throws(FloydError) -> Bool? {
        switch values[name] {
        case nil: nil
        case "true": true
        case "false": false
        default: throw Self.wrong(name, "is neither true nor false")
        }
    }

    static func wrong(_ name: String, _ flaw: String) -> FloydError {
        FloydError(
            .invalidRequest,
            "the query parameter \(name) \(flaw)",
            fields: [FloydError.Field(name: name, message: flaw)]
        )
    }

    private static func unknown(_ name: String, known: [String]) -> FloydError {
        let shown = Printable.cut(name)
        return FloydError(
            .invalidRequest,
            "there is no query parameter \(shown) here",
            hint: known.isEmpty ? "This takes none." : "This takes \(known.joined(separator: ", ")).",
            fields: [FloydError.Field(name: shown, message: "unknown")]
        )
    }
}
