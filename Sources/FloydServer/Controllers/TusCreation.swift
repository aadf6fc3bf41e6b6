import FloydCore
import FloydModel
import FoundationEssentials
import HTTPTypes

/// What a request to create an upload says (tus 1.0, Creation).
struct TusCreation: Sendable, Hashable {
    private static let maximumMetadata = 8_192

    var length: Int64
    var archive: NewArchive

    /// Whether the request means this, and not an upload that begins with a manifest.
    static func isAsked(by request: RoutedRequest) -> Bool {
        request.fields[.uploadLength] != nil || request.fields[.uploadDeferLength] != nil
            || request.fields[.uploadMetadata] != nil
    }

    /// - Throws: `invalidRequest` where a field is missing or malformed.
    init(_ request: RoutedRequest) throws(FloydError) {
        guard request.fields[.uploadDeferLength] == nil else {
            throw FloydError(
                .invalidRequest,
                "the length of an upload can't be told later here",
                hint: "Say Upload-Length, or put an archive of unknown length to /api/v1/datasets/NAME/archives/."
            )
        }
        guard let length = try Tus.number(.uploadLength, of: request) else {
            throw FloydError(.invalidRequest, "the request has no Upload-Length")
        }
        self.length = length
        let field = request.fields[.uploadMetadata]
        let metadata = try Self.parse(field ?? "")
        guard let dataset = metadata["dataset"] else {
            throw FloydError(
                .invalidRequest,
                "Upload-Metadata names no dataset",
                hint: "Add `dataset` and the base64 of its name: the archive becomes a version of it."
            )
        }
        archive = NewArchive(
            dataset: dataset,
            filename: metadata["filename"],
            message: metadata["message"],
            metadata: field
        )
    }

    /// Pairs of a key and the base64 of a value, which may be missing, with commas between them.
    static func parse(_ field: String) throws(FloydError) -> [String: String] {
        guard field.utf8.count <= maximumMetadata else {
            throw refusal("has more than \(maximumMetadata) bytes")
        }
        var values: [String: String] = [:]
        for pair in field.split(separator: ",", omittingEmptySubsequences: !field.contains(",")) {
            let words = pair.split(separator: " ", omittingEmptySubsequences: true)
            guard let key = words.first.map(String.init), words.count <= 2, key.utf8.allSatisfy({ $0 < 0x80 }) else {
                throw refusal("has a pair that is not a key and a value")
            }
            let encoded = words.count == 2 ? String(words[1]) : ""
            guard let bytes = Data(base64Encoded: encoded), let value = String(validating: bytes, as: UTF8.self) else {
                throw refusal("has a value that is not the base64 of UTF-8 text: \(Printable.cut(key))")
            }
            guard values.updateValue(value, forKey: key) == nil else {
                throw refusal("has a key twice: \(Printable.cut(key))")
            }
        }
        return values
    }

    private static func refusal(_ flaw: String) -> FloydError {
        FloydError(.invalidRequest, "Upload-Metadata \(flaw)")
    }
}
