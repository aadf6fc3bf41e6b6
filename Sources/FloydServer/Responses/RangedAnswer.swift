import FloydHTTP
import FloydModel
import HTTPTypes

/// What a request for bytes of a known number is answered with: decided before anything of them is touched.
enum RangedAnswer: Sendable {
    /// These bytes are to be sent, with this head.
    case content(HTTPResponse.Status, HTTPFields, Range<Int64>)
    /// Nothing of them.
    case other(HTTPServerResponse)

    /// Conditions are looked at in the order of RFC 9110 §13.2.2.
    ///
    /// - Parameters:
    ///   - tag: of the bytes as they are now; without one, a range that depends on a state is not honoured.
    ///   - fields: what the answer has to say besides.
    static func decide(
        size: Int64,
        tag: EntityTag?,
        for request: RoutedRequest,
        _ fields: HTTPFields
    ) -> RangedAnswer {
        var fields = fields
        fields[.xContentTypeOptions] = "nosniff"
        fields[.eTag] = tag?.field
        if let tag, tag.isKnown(by: request.fields) {
            fields[.contentType] = nil
            fields[.contentDisposition] = nil
            return .other(HTTPServerResponse(status: .notModified, headerFields: fields))
        }
        fields[.acceptRanges] = "bytes"
        let header = EntityTag.allowsRange(tag, request.fields) ? request.fields[.range] : nil
        let range = ByteRange.parse(header, length: size)
        fields[.contentRange] = range.contentRange(length: size)
        switch range {
        case .whole:
            return .content(.ok, fields, 0..<max(0, size))
        case .part(let part):
            return .content(.partialContent, fields, part)
        case .unsatisfiable:
            return .other(
                ProblemResponse.make(
                    FloydError(
                        .rangeNotSatisfiable,
                        "the range begins behind the end",
                        hint: "There are \(size) bytes."
                    ),
                    [.contentRange: range.contentRange(length: size) ?? ""]
                )
            )
        }
    }
}
