public import FoundationEssentials

/// How messages stand in JSON: keys in `snake_case` as the messages spell them, times as `2026-11-22T05:27:18.497Z`.
public enum MessageCoding {
    public static func encode(_ message: some Encodable, pretty: Bool = false) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting =
            pretty ? [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted] : [.sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .custom { date, encoder in
            var container = encoder.singleValueContainer()
            try container.encode(format(date))
        }
        return try encoder.encode(message)
    }

    public static func decode<Message: Decodable>(_ type: Message.Type = Message.self, from data: Data) throws
        -> Message
    {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .custom { decoder in
            let container = try decoder.singleValueContainer()
            let text = try container.decode(String.self)
            guard let date = date(text) else {
                throw DecodingError.dataCorruptedError(in: container, debugDescription: "\(text) is not a time")
            }
            return date
        }
        return try decoder.decode(Message.self, from: data)
    }

    /// `date` in UTC to the nearest millisecond.
    public static func format(_ date: Date) -> String {
        // The format cuts: without half a millisecond, .497 would come out as .496 where binary fractions fall short of it.
        (date + 0.0005).formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }

    /// The moment that `text` names (RFC 3339), nil if it names none.
    public static func date(_ text: String) -> Date? {
        (try? Date.ISO8601FormatStyle(includingFractionalSeconds: true).parse(text))
            ?? (try? Date.ISO8601FormatStyle().parse(text))
    }
}
