import FloydModel
import HTTPTypes

/// Whether a page of this server, or its user, made the browser send a request, and not another site's page.
enum SameOrigin {
    enum Verdict: Sendable, Hashable {
        case same
        case other
        /// The request doesn't say: no browser sent it, or an old one.
        case unknown
    }

    static func judge(_ request: HTTPRequest, from source: RequestOrigin) -> Verdict {
        // Browsers send Sec-Fetch-Site to trustworthy origins alone, which http:// on a network isn't; Origin with every POST.
        if let site = request.headerFields[.secFetchSite] {
            return site == "same-origin" || site == "none" ? .same : .other
        }
        guard let origin = request.headerFields[.origin] else { return .unknown }
        guard let host = source.host ?? request.authority, !host.isEmpty else { return .other }
        let lower = origin.lowercased()
        if lower == "https://\(host.lowercased())" { return .same }
        // Who can write pages for the address without TLS must not gain anything at the one with it.
        return !source.isSecure && lower == "http://\(host.lowercased())" ? .same : .other
    }

    static let refusal = FloydError(
        .forbidden,
        "the request comes from another site",
        hint: "Use this server's own pages, or a token in the Authorization field."
    )
}
