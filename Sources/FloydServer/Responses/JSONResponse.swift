import FloydAPI
import FloydHTTP
import HTTPTypes

extension HTTPServerResponse {
    /// `message` as JSON.
    static func json(
        _ message: some Encodable,
        status: HTTPResponse.Status = .ok,
        _ fields: HTTPFields = [:]
    ) throws -> HTTPServerResponse {
        var fields = fields
        fields[.contentType] = MediaType.json
        fields[.cacheControl] = "no-store"
        fields[.xContentTypeOptions] = "nosniff"
        return HTTPServerResponse(
            status: status,
            headerFields: fields,
            body: .bytes([UInt8](try MessageCoding.encode(message)))
        )
    }
}
