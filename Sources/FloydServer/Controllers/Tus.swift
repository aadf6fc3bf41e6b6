import FloydModel
import HTTPTypes

/// What the resumable upload protocol tus 1.0.0 wants of requests and answers.
enum Tus {
    static let version = "1.0.0"
    /// DELETE gives an upload up. Creation is not tus's: an upload begins with a manifest.
    static let extensions = "termination"

    /// - Parameter isRequired: whether a request without the field is refused too.
    /// - Throws: `unsupportedVersion`.
    static func checkVersion(of request: RoutedRequest, isRequired: Bool) throws(FloydError) {
        guard let asked = request.fields[.tusResumable] else {
            guard isRequired else { return }
            throw refusal("the request doesn't say Tus-Resumable")
        }
        guard asked == version else { throw refusal("tus \(Printable.cut(asked)) is not spoken here") }
    }

    private static func refusal(_ message: String) -> FloydError {
        FloydError(.unsupportedVersion, message, hint: "Say Tus-Resumable: \(version).")
    }

    /// Where the body of a PATCH begins.
    static func offset(of request: RoutedRequest) throws(FloydError) -> Int64 {
        guard let text = request.fields[.uploadOffset] else {
            throw FloydError(.invalidRequest, "the request has no Upload-Offset")
        }
        guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }), let offset = Int64(text)
        else {
            throw FloydError(.invalidRequest, "Upload-Offset is not a whole number: \(Printable.cut(text))")
        }
        return offset
    }
}
