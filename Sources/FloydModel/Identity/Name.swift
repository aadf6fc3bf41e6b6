/// The name of a user, project, dataset, environment or instance type: `[A-Za-z0-9][A-Za-z0-9._-]{0,63}`,
/// neither all digits (that would be a number) nor shaped like an id.
public struct Name: Sendable, Hashable, Comparable {
    public static let maximumLength = 64

    public let string: String

    /// - Throws: `FloydError` with `invalidName`, which says what is wrong with `string`.
    public init(_ string: String) throws(FloydError) {
        guard let flaw = Self.flaw(of: string) else {
            self.string = string
            return
        }
        throw FloydError(
            .invalidName,
            "\(Self.quoted(string)) is not a name: \(flaw)",
            hint: "A name has 1 to \(Self.maximumLength) letters, digits, dots, hyphens or underscores, "
                + "begins with a letter or digit and is not all digits."
        )
    }

    private static func flaw(of string: String) -> String? {
        let bytes = string.utf8
        guard let first = bytes.first else { return "it is empty" }
        guard isAlphanumeric(first) else { return "it begins with a character that is neither letter nor digit" }
        guard
            bytes.allSatisfy({
                isAlphanumeric($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-")
            })
        else { return "it has a character that a name can't have" }
        // Behind the check of the characters, so that bytes are characters.
        guard bytes.count <= maximumLength else { return "it has \(bytes.count) characters" }
        if bytes.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) { return "it is a number" }
        if ObjectID(string) != nil { return "it has the shape of an id" }
        return nil
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"):
            true
        default:
            false
        }
    }

    /// `string` in quotes, cut and with control characters escaped, so that a hostile one can stand in a message.
    static func quoted(_ string: String) -> String {
        var text = "\""
        for scalar in string.unicodeScalars.prefix(80) {
            text += scalar.properties.generalCategory == .control ? scalar.escaped(asASCII: true) : String(scalar)
        }
        return text + (string.unicodeScalars.count > 80 ? "…\"" : "\"")
    }

    public static func < (left: Self, right: Self) -> Bool {
        left.string < right.string
    }
}

extension Name: CustomStringConvertible {
    public var description: String { string }
}

extension Name: Codable {
    public init(from decoder: any Decoder) throws {
        self = try Name(decoder.singleValueContainer().decode(String.self))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(string)
    }
}
