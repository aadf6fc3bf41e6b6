/// The 22-character id that everything with a name also has, `eo4LZmQVs9JMwW6xB8hta5` for example.
///
/// Letters and digits without the look-alikes `0 1 I O l`: 57 symbols, so 22 of them carry 128 random bits.
public struct ObjectID: Sendable, Hashable, Comparable {
    public static let length = 22
    static let alphabet = Array("23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz".utf8)

    public let string: String

    /// A new random id.
    public init() {
        var generator = SystemRandomNumberGenerator()
        self.init(using: &generator)
    }

    init(using generator: inout some RandomNumberGenerator) {
        string = String(
            decoding: (0..<Self.length).map { _ in
                Self.alphabet[Int.random(in: 0..<Self.alphabet.count, using: &generator)]
            },
            as: UTF8.self
        )
    }

    /// The id that `string` spells, or nil if it has not an id's shape.
    public init?(_ string: String) {
        guard string.utf8.count == Self.length, string.utf8.allSatisfy(Self.isSymbol) else { return nil }
        self.string = string
    }

    /// Whether the alphabet has it. Every row that is read asks this for each of its ids.
    private static func isSymbol(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "I"), UInt8(ascii: "O"), UInt8(ascii: "l"): false
        case UInt8(ascii: "2")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"):
            true
        default: false
        }
    }

    public static func < (left: Self, right: Self) -> Bool {
        left.string < right.string
    }
}

extension ObjectID: CustomStringConvertible {
    public var description: String { string }
}

extension ObjectID: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let string = try container.decode(String.self)
        guard let id = ObjectID(string) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "\(string) is not an id")
        }
        self = id
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(string)
    }
}
