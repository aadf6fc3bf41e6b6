import FloydAPI
import FloydHTTP
import FloydModel
import HTTPTypes
import Synchronization

/// What the interface says of itself: the document of all its operations, and what its problems mean.
struct InterfaceController: Sendable {
    /// Other controllers' routes, which the document describes, too.
    var others: [Route]
    var version: String
    private let document = KeptDocument()

    init(describing others: [Route], version: String) {
        self.others = others
        self.version = version
    }

    var routes: [Route] {
        [
            Route(
                .get,
                "/api/v1/openapi.json",
                Operation(
                    "getDocument",
                    "This document (OpenAPI 3.1).",
                    fields: [.ifNoneMatch],
                    answers: [
                        .content(MediaType.json, .ok, "The document.", fields: [.entityTag]),
                        .empty(.notModified, "Who asks has it.", fields: [.entityTag]),
                    ]
                ),
                .open(showDocument)
            ),
            Route(
                .get,
                "/api/v1/problems/{code}",
                Operation(
                    "getProblem",
                    "What problems of a code mean: where the `type` of one leads.",
                    answers: [.message(ProblemDescription.self, .ok, "What the code means.")],
                    problems: [.notFound]
                ),
                .open(showProblem)
            ),
        ]
    }

    private func showDocument(_ request: RoutedRequest) async -> HTTPServerResponse {
        let (bytes, tag) = await made()
        var fields: HTTPFields = [.cacheControl: "no-cache", .eTag: tag.field, .xContentTypeOptions: "nosniff"]
        if tag.isKnown(by: request.fields) { return HTTPServerResponse(status: .notModified, headerFields: fields) }
        fields[.contentType] = MediaType.json
        return HTTPServerResponse(status: .ok, headerFields: fields, body: .bytes(bytes))
    }

    private func made() async -> (bytes: [UInt8], tag: EntityTag) {
        await BlockingWork.run { () async throws(Never) -> (bytes: [UInt8], tag: EntityTag) in
            document.value { InterfaceDocument(others + routes, version: version).json.bytes }
        }
    }

    private func showProblem(_ request: RoutedRequest) throws -> HTTPServerResponse {
        let code = FloydError.Code(rawValue: request.parameters[0])
        guard let description = ProblemDescription(of: code) else {
            throw FloydError(.notFound, "no problem has the code \(Printable.cut(code.rawValue))")
        }
        return try .json(description)
    }
}

/// The document as it is sent. It is made when it is asked for first: a start needn't wait for what few ask for.
private final class KeptDocument: Sendable {
    private let kept = Mutex<(bytes: [UInt8], tag: EntityTag)?>(nil)

    func value(_ make: () -> [UInt8]) -> (bytes: [UInt8], tag: EntityTag) {
        kept.withLock { kept in
            if let kept { return kept }
            let bytes = make()
            let value = (bytes: bytes, tag: EntityTag(Asset.fingerprint(of: bytes)))
            kept = value
            return value
        }
    }
}
