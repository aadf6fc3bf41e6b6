import FloydAPI
import FloydHTTP
import FloydModel
import FoundationEssentials
import HTTPTypes

/// Reads the JSON body of a request into its message.
enum JSONBody {
    /// Bytes: a command and its data sources are all that is ever in one.
    static let limit = 1024 * 1024

    /// - Throws: `unsupportedMediaType`, `tooLarge`, or `invalidRequest` with every field that is wrong.
    static func message<Message: RequestMessage>(
        of request: RoutedRequest,
        as type: Message.Type = Message.self
    ) async throws -> Message {
        try MediaTypeField.require(MediaType.json, of: request)
        return try decode(Data(try await request.http.body.collect(limit: limit)))
    }

    /// The same for a body that may be absent.
    static func messageIfAny<Message: RequestMessage>(
        of request: RoutedRequest,
        as type: Message.Type = Message.self
    ) async throws -> Message? {
        let bytes = try await request.http.body.collect(limit: limit)
        guard !bytes.isEmpty else { return nil }
        try MediaTypeField.require(MediaType.json, of: request)
        return try decode(Data(bytes))
    }

    static func decode<Message: RequestMessage>(_ data: Data, as type: Message.Type = Message.self) throws -> Message {
        guard !data.isEmpty else {
            throw FloydError(.invalidRequest, "the body is empty", hint: "A JSON object is expected.")
        }
        guard let document = try? MessageCoding.decode(JSONValue.self, from: data) else {
            throw FloydError(.invalidRequest, "the body is not JSON")
        }
        guard case .object(let members) = document else {
            throw FloydError(.invalidRequest, "the body is \(document.kind), not an object")
        }
        var flaws: [FloydError.Field] = []
        Message.shape.check(members, &flaws)
        guard flaws.isEmpty else { throw invalid(flaws) }
        do {
            return try MessageCoding.decode(Message.self, from: data)
        } catch let error as DecodingError {
            throw invalid([FloydError.Field(name: path(of: error), message: "doesn't fit")])
        }
    }

    private static func invalid(_ flaws: [FloydError.Field]) -> FloydError {
        let first = flaws[0]
        let more = flaws.count > 1 ? ", and \(flaws.count - 1) more" : ""
        return FloydError(
            .invalidRequest,
            "the body doesn't fit: \(first.name): \(first.message)\(more)",
            fields: Array(flaws.prefix(20))
        )
    }

    private static func path(of error: DecodingError) -> String {
        let context: DecodingError.Context? =
            switch error {
            case .typeMismatch(_, let context), .valueNotFound(_, let context), .keyNotFound(_, let context): context
            case .dataCorrupted(let context): context
            @unknown default: nil
            }
        return (context?.codingPath ?? []).map(\.stringValue).joined(separator: ".")
    }
}
