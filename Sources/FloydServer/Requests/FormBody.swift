import FloydHTTP
import FloydModel

/// The fields of a form, `application/x-www-form-urlencoded`.
struct FormBody: Sendable, Hashable {
    static let mediaType = "application/x-www-form-urlencoded"
    static let limit = 16 * 1024

    private var values: [String: String] = [:]

    /// - Throws: `unsupportedMediaType`, `tooLarge`, or `invalidRequest` for what is no form.
    init(of request: RoutedRequest) async throws {
        try MediaTypeField.require(Self.mediaType, of: request)
        let bytes = try await request.http.body.collect(limit: Self.limit)
        try self.init(parsing: String(decoding: bytes, as: UTF8.self))
    }

    init(parsing text: String) throws(FloydError) {
        for pair in text.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = PercentDecoding.decode(parts[0], plusIsSpace: true),
                let value = PercentDecoding.decode(parts.count == 2 ? parts[1] : "", plusIsSpace: true),
                values.updateValue(value, forKey: name) == nil
            else {
                throw FloydError(.invalidRequest, "the form is malformed")
            }
        }
    }

    subscript(name: String) -> String? { values[name] }
}
