/// A JSON value (RFC 8259), as far as records need it: numbers are whole.
enum JSON: Sendable, Hashable {
    case null
    case bool(Bool)
    case integer(Int64)
    case string(String)
    case array([JSON])
    case object([String: JSON])
}

/// Writes one flat JSON object, a member per line, in the order of the calls.
struct JSONObjectWriter {
    private var text = "{"

    mutating func append(_ name: String, _ value: String?) {
        guard let value else { return }
        member(name, Self.quoted(value))
    }

    mutating func append(_ name: String, _ value: Int64?) {
        guard let value else { return }
        member(name, String(value))
    }

    private mutating func member(_ name: String, _ value: String) {
        text += text.utf8.count == 1 ? "\n" : ",\n"
        text += "  \(Self.quoted(name)): \(value)"
    }

    func finished() -> [UInt8] {
        Array("\(text)\n}\n".utf8)
    }

    static func quoted(_ string: String) -> String {
        let isPlain = string.utf8.allSatisfy { $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
        if isPlain { return "\"\(string)\"" }
        var text = "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case "\u{0}"..."\u{1F}":
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text + "\""
    }
}

/// Parses one JSON text, strictly. Records of a later version may hold more than this one knows, so all of JSON is read, but a
/// number with a fraction or an exponent counts as null.
struct JSONParser {
    private let bytes: [UInt8]
    private var index = 0
    private static let maximumDepth = 16

    static func parse(_ bytes: [UInt8]) throws(FieldError) -> JSON {
        var parser = JSONParser(bytes: bytes)
        let value = try parser.value(depth: 0)
        parser.skipSpace()
        guard parser.index == bytes.count else { throw parser.error("something follows the value") }
        return value
    }

    private init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    private func error(_ what: String) -> FieldError {
        FieldError("it is not JSON: \(what) at byte \(index)")
    }

    private var current: UInt8? { index < bytes.count ? bytes[index] : nil }

    private mutating func skipSpace() {
        while let byte = current, byte == 0x20 || (0x09...0x0A).contains(byte) || byte == 0x0D { index += 1 }
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard current == UInt8(ascii: character) else { return false }
        index += 1
        return true
    }

    private mutating func value(depth: Int) throws(FieldError) -> JSON {
        guard depth < Self.maximumDepth else { throw error("it is nested too deeply") }
        skipSpace()
        switch current {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return try number()
        }
    }

    private mutating func word(_ word: String, _ value: JSON) throws(FieldError) -> JSON {
        guard bytes[index...].starts(with: word.utf8) else { throw error("an unknown word") }
        index += word.utf8.count
        return value
    }

    private mutating func object(depth: Int) throws(FieldError) -> JSON {
        index += 1
        var members: [String: JSON] = [:]
        skipSpace()
        if take("}") { return .object(members) }
        while true {
            skipSpace()
            guard current == UInt8(ascii: "\"") else { throw error("no member's name") }
            let name = try string()
            skipSpace()
            guard take(":") else { throw error("no colon") }
            guard members.updateValue(try value(depth: depth + 1), forKey: name) == nil else {
                throw error("the member \(name) twice")
            }
            skipSpace()
            if take("}") { return .object(members) }
            guard take(",") else { throw error("no comma") }
        }
    }

    private mutating func array(depth: Int) throws(FieldError) -> JSON {
        index += 1
        var items: [JSON] = []
        skipSpace()
        if take("]") { return .array(items) }
        while true {
            items.append(try value(depth: depth + 1))
            skipSpace()
            if take("]") { return .array(items) }
            guard take(",") else { throw error("no comma") }
        }
    }

    private mutating func number() throws(FieldError) -> JSON {
        let start = index
        _ = take("-")
        let digits = index
        while let byte = current, (0x30...0x39).contains(byte) { index += 1 }
        guard index > digits, bytes[digits] != 0x30 || index == digits + 1 else { throw error("no value") }
        let whole = Int64(String(decoding: bytes[start..<index], as: UTF8.self))
        guard try !skipFraction() else { return .null }
        return whole.map { .integer($0) } ?? .null
    }

    /// Skips a fraction and an exponent, and says whether there was one.
    private mutating func skipFraction() throws(FieldError) -> Bool {
        let start = index
        if take(".") { try skipDigits() }
        if take("e") || take("E") {
            _ = take("+") || take("-")
            try skipDigits()
        }
        return index > start
    }

    private mutating func skipDigits() throws(FieldError) {
        let start = index
        while let byte = current, (0x30...0x39).contains(byte) { index += 1 }
        if index == start { throw error("no digits") }
    }

    private mutating func string() throws(FieldError) -> String {
        index += 1
        var content: [UInt8] = []
        while let byte = current {
            index += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let text = String(validating: content, as: UTF8.self) else { throw error("invalid UTF-8") }
                return text
            case UInt8(ascii: "\\"): content += Array(String(try escape()).utf8)
            case 0x00...0x1F: throw error("a control character in a string")
            default: content.append(byte)
            }
        }
        throw error("an unfinished string")
    }

    private mutating func escape() throws(FieldError) -> Unicode.Scalar {
        guard let byte = current else { throw error("an unfinished escape") }
        index += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): return try unicodeEscape()
        default: throw error("an unknown escape")
        }
    }

    private mutating func unicodeEscape() throws(FieldError) -> Unicode.Scalar {
        let high = try codeUnit()
        if let scalar = Unicode.Scalar(high) { return scalar }
        guard (0xD800...0xDBFF).contains(high), take("\\"), take("u") else { throw error("half a character") }
        let low = try codeUnit()
        guard (0xDC00...0xDFFF).contains(low),
            let scalar = Unicode.Scalar(0x10000 + (high - 0xD800) << 10 + (low - 0xDC00))
        else { throw error("half a character") }
        return scalar
    }

    private mutating func codeUnit() throws(FieldError) -> UInt32 {
        let digits = bytes[index...].prefix(4)
        guard digits.count == 4, digits.allSatisfy({ ($0 | 0x20) >= 0x61 || (0x30...0x39).contains($0) }),
            let value = UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
        else { throw error("an escape without four digits") }
        index += 4
        return value
    }
}
