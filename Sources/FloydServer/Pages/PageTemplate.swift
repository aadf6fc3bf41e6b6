import FloydHTTP
import HTTPTypes
import Mustache

/// A whole page: the frame that all share, and one body.
struct PageTemplate: Sendable {
    private let template: MustacheTemplate

    /// - Parameter body: a template that includes no other: what is included is escaped by the engine's rules, not by `HTMLEscaping`.
    /// - Throws: what the engine throws for a malformed template.
    init(body: String) throws {
        MustacheContentTypes.register(HTMLEscaping(), named: HTMLEscaping.name)
        let text = Layout.template.split(separator: Layout.hole, maxSplits: 1).joined(separator: body)
        template = try MustacheTemplate(string: "{{% CONTENT_TYPE: \(HTMLEscaping.name) }}" + text)
    }

    func response(
        _ values: [String: Any],
        status: HTTPResponse.Status = .ok,
        _ fields: HTTPFields = [:]
    ) -> HTTPServerResponse {
        var fields = fields
        fields[.contentType] = "text/html; charset=utf-8"
        fields[.contentSecurityPolicy] = Self.contentSecurityPolicy
        fields[.xContentTypeOptions] = "nosniff"
        fields[.referrerPolicy] = "same-origin"
        fields[.cacheControl] = "no-store"
        return HTTPServerResponse(
            status: status,
            headerFields: fields,
            body: .bytes(Array(template.render(values).utf8))
        )
    }

    /// Nothing but the server's own style sheet, script and icon; no frame around it and no form to elsewhere.
    static let contentSecurityPolicy =
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
        + "base-uri 'none'; frame-ancestors 'none'"
}
