import FloydHTTP
import FloydModel
import HTTPTypes

/// The fields of a form, `application/x-www-form-urlencoded`. Each may be given once; those that the form's route doesn't know are refused by name.
struct FormBody: Sendable, Hashable {
    static let mediaType = "application/x-www-form-urlencoded"
    static let limit = 16 * 1024

    private var values: [String: String] = [:]

    /// Reads the form that `request` brings, with the fields that its route names.
    ///
    /// - Throws: `unsupportedMediaType`, `tooLarge`, or `invalidRequest` for what is no form, has a field twice, or one of another name.
    init(of request: RoutedRequest) async throws {
        // A form without fields needs no content, and what has no content needs no type.
        if request.fields[.contentType] != nil || request.http.body.declaredLength != 0 {
            try MediaTypeField.require(Self.mediaType, of: request)
        }
        let bytes = try await request.http.body.collect(limit: Self.limit)
        try self.init(parsing: String(decoding: bytes, as: UTF8.self))
        try refuseOthers(than: request.form)
    }

    init(parsing text: String) throws(FloydError) {
        for pair in text.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = PercentDecoding.decode(parts[0], plusIsSpace: true),
                let value = PercentDecoding.decode(parts.count == 2 ? parts[1] : "", plusIsSpace: true)
            else {
                throw FloydError(.invalidRequest, "the form has an invalid percent-encoding")
            }
            guard values.updateValue(value, forKey: name) == nil else {
                throw Self.wrong(Printable.cut(name), "is given twice")
            }
        }
    }

    subscript(name: String) -> String? { values[name] }

    static func wrong(_ name: String, _ flaw: String) -> FloydError {
        FloydError(
            .invalidRequest,
            "the form's field \(name) \(flaw)",
            fields: [FloydError.Field(name: name, message: flaw)]
        )
    }

    private func refuseOthers(than known: [String]) throws(FloydError) {
        let others = values.keys.filter { !known.contains($0) }.sorted().map { $0.isEmpty ? "\"\"" : Printable.cut($0) }
        guard !others.isEmpty else { return }
        throw FloydError(
            .invalidRequest,
            "there is no field \(others.prefix(3).joined(separator: ", ")) in this form",
            hint: known.isEmpty ? "It has none." : "It has \(known.joined(separator: ", ")).",
            fields: others.prefix(20).map { FloydError.Field(name: $0, message: "unknown") }
        )
    }
}
