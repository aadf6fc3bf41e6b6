import FloydCore
import FloydHTTP
import FloydModel
import HTTPTypes

/// A request together with what its route made of its target.
struct RoutedRequest: Sendable {
    var http: HTTPServerRequest
    /// The values of the template's holes, decoded, in order; those of `{name...}` are one each.
    var parameters: [String]
    var query: QueryParameters
    /// The fields that a form in its body may have.
    var form: [String] = []
    var origin: RequestOrigin
    /// How it is known who asks; nil: nobody has said.
    var login: Login?
    /// Looks again at who asks, for an answer that lasts. Throws where the login no longer stands.
    var renew: @Sendable () async throws -> Void = {}

    var fields: HTTPFields { http.headerFields }

    /// The first parameter, as a reference.
    func reference() throws(FloydError) -> Reference {
        try Reference(parsing: parameters[0])
    }

    /// The first parameter, as an id.
    func id() throws(FloydError) -> ObjectID {
        guard let id = ObjectID(parameters[0]) else {
            throw FloydError(
                .invalidName,
                "\(Printable.cut(parameters[0])) is not an id",
                hint: "An id has \(ObjectID.length) letters and digits."
            )
        }
        return id
    }

    /// The page that `cursor` and `limit` ask for.
    func page() throws(FloydError) -> PageRequest {
        guard let limit: Int = try query.integer("limit") else { return try PageRequest(cursor: query["cursor"]) }
        return try PageRequest(cursor: query["cursor"], limit: limit)
    }

    /// The path that the parameters from `index` on make.
    ///
    /// - Throws: `invalidPath` if one of them is empty, or has a slash in it, which no file name can.
    func path(from index: Int) throws(FloydError) -> String {
        let parts = parameters[index...]
        guard parts.allSatisfy({ !$0.isEmpty && !$0.utf8.contains(UInt8(ascii: "/")) }) else {
            throw FloydError(
                .invalidPath,
                "the path has an empty part, or a slash within one",
                hint: "Give the path as the job's list of results has it."
            )
        }
        return parts.joined(separator: "/")
    }
}
