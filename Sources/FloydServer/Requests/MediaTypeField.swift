import FloydModel
import HTTPTypes

/// The Content-Type of a request.
enum MediaTypeField {
    /// - Throws: `unsupportedMediaType` unless it is `mediaType`, with whatever parameters.
    static func require(_ mediaType: String, of request: RoutedRequest) throws(FloydError) {
        let value = request.fields[.contentType] ?? ""
        let essence = value.prefix { $0 != ";" }.filter { $0 != " " && $0 != "\t" }
        guard essence.lowercased() == mediaType else {
            throw FloydError(
                .unsupportedMediaType,
                value.isEmpty ? "the request has no Content-Type" : "\(Printable.cut(value)) is not taken here",
                hint: "Send it as \(mediaType)."
            )
        }
    }
}
