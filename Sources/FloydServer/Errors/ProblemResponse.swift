import FloydAPI
import FloydHTTP
import FloydModel
import HTTPTypes

/// Errors as RFC 9457 has them.
enum ProblemResponse {
    static func make(_ error: FloydError, _ fields: HTTPFields = [:]) -> HTTPServerResponse {
        let problem = Problem(error)
        var fields = fields
        fields[.contentType] = MediaType.problem
        fields[.cacheControl] = "no-store"
        fields[.xContentTypeOptions] = "nosniff"
        if problem.status == 401 { fields[.wwwAuthenticate] = "Bearer" }
        if problem.status == 503 { fields[.retryAfter] = "\(Self.retryAfter(error.code))" }
        if error.code == .unsupportedVersion { fields[.tusVersion] = Tus.version }
        let body = (try? MessageCoding.encode(problem)).map { [UInt8]($0) }
        return HTTPServerResponse(
            status: HTTPResponse.Status(code: problem.status),
            headerFields: fields,
            body: body.map(HTTPResponseBody.bytes) ?? .none
        )
    }

    /// Seconds until it is worth another try. What a machine lacks, somebody has to install.
    private static func retryAfter(_ code: FloydError.Code) -> Int {
        [.isolationUnavailable, .environmentUnavailable].contains(code) ? 300 : 1
    }
}
