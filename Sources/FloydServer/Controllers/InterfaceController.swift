import FloydAPI
import FloydHTTP
import FloydModel
import HTTPTypes

/// What the interface says of itself: the document of all its operations, and what its problems mean.
struct InterfaceController: Sendable {
    private let document: [UInt8]
    private let tag: EntityTag

    /// Its own routes, which stand in the document, too.
    ///
    /// - Parameter others: those that the document describes.
    static func routes(describing others: [Route], version: String) -> [Route] {
        let own = InterfaceController(document: []).routes
        let document = InterfaceDocument(others + own, version: version)
        return InterfaceController(document: document.json.bytes).routes
    }

    private init(document: [UInt8]) {
        self.document = document
        tag = EntityTag(Asset.fingerprint(of: document))
    }

    private var routes: [Route] {
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

    private func showDocument(_ request: RoutedRequest) -> HTTPServerResponse {
        var fields: HTTPFields = [.cacheControl: "no-cache", .eTag: tag.field, .xContentTypeOptions: "nosniff"]
        if tag.isKnown(by: request.fields) { return HTTPServerResponse(status: .notModified, headerFields: fields) }
        fields[.contentType] = MediaType.json
        return HTTPServerResponse(status: .ok, headerFields: fields, body: .bytes(document))
    }

    private func showProblem(_ request: RoutedRequest) throws -> HTTPServerResponse {
        let code = FloydError.Code(rawValue: request.parameters[0])
        guard let description = ProblemDescription(of: code) else {
            throw FloydError(.notFound, "no problem has the code \(Printable.cut(code.rawValue))")
        }
        return try .json(description)
    }
}
