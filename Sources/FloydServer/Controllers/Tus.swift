import FloydAPI
import FloydHTTP
import FloydModel
import FoundationEssentials
import HTTPTypes

/// What the resumable upload protocol tus 1.0.0 wants of requests and answers.
enum Tus {
    static let version = "1.0.0"
    /// What is spoken beside the core: archives are created, a DELETE gives an upload up, and unfinished ones expire.
    static let extensions = "creation,expiration,termination"

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
        guard let offset = try number(.uploadOffset, of: request) else {
            throw FloydError(.invalidRequest, "the request has no Upload-Offset")
        }
        return offset
    }

    /// The whole number that a field says, or nil where it isn't there.
    static func number(_ name: HTTPField.Name, of request: RoutedRequest) throws(FloydError) -> Int64? {
        guard let text = request.fields[name] else { return nil }
        guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }), let number = Int64(text)
        else {
            throw FloydError(.invalidRequest, "\(name.canonicalName) is not a whole number: \(Printable.cut(text))")
        }
        return number
    }

    /// The method that the request means: clients that can't send it say it in a field (tus 1.0, X-HTTP-Method-Override).
    static func method(of request: HTTPServerRequest) -> HTTPRequest.Method {
        guard isUpload(request), let name = request.headerFields[.methodOverride] else {
            return request.method
        }
        return HTTPRequest.Method(name) ?? request.method
    }

    /// Whether the request is about uploads, whose answers all say the protocol's version.
    static func isUpload(_ request: HTTPServerRequest) -> Bool {
        let rest = request.path.utf8
        guard rest.starts(with: APIPath.uploads.utf8) else { return false }
        let next = rest.dropFirst(APIPath.uploads.utf8.count).first
        return next == nil || next == UInt8(ascii: "/")
    }

    /// When the upload is given up, in an answer of which it is the subject (tus 1.0, Expiration).
    static func fields(_ upload: UploadResponse) -> HTTPFields {
        var fields: HTTPFields = [.tusResumable: version]
        if let expires = upload.expires {
            fields[.uploadExpires] = HTTPDate.format(secondsSince1970: Int64(expires.timeIntervalSince1970))
        }
        return fields
    }
}

extension Operation {
    /// What is spoken.
    static func tusOptions(_ id: String) -> Operation {
        Operation(
            id,
            "What of tus is spoken.",
            answers: [
                .empty(
                    .noContent,
                    "Versions, extensions and limits.",
                    fields: [
                        .tusResumable, AnswerField("Tus-Version", "The versions that are spoken."),
                        AnswerField("Tus-Extension", "What is spoken beside the core."),
                        AnswerField("Tus-Max-Size", "Bytes of an archive at most.", .string("^[0-9]+$")),
                    ]
                )
            ]
        )
    }
}

extension AnswerField {
    static let tusResumable = AnswerField(
        "Tus-Resumable",
        "The version of tus that is spoken.",
        .one(of: [Tus.version])
    )
    static let uploadOffset = AnswerField(
        "Upload-Offset",
        "Bytes that are durably received.",
        .string("^[0-9]+$")
    )
    static let uploadExpires = AnswerField(
        "Upload-Expires",
        "When an unfinished upload is given up (RFC 9110 §5.6.7).",
        isRequired: false
    )
}

extension Parameter {
    static let tusResumable = Parameter("Tus-Resumable", "The version of tus that is spoken.", .one(of: [Tus.version]))
    static let tusResumableRequired = Parameter(
        "Tus-Resumable",
        tusResumable.description,
        tusResumable.schema,
        isRequired: true
    )
}
