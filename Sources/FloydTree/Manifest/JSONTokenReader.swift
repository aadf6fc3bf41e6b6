/// Reads the few JSON tokens that a manifest line has from bytes that stay where they are.
struct JSONTokenReader {
    typealias Flaw = ManifestLineParser.Flaw

    private let bytes: UnsafeRawBufferPointer
    private var position = 0

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    /// Whether nothing but space is left.
    var isAtEnd: Bool {
        mutating get {
            skipSpace()
            return position == bytes.count
        }
    }

    private mutating func skipSpace() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x09, 0x0A, 0x0D: position += 1
            default: return
            }
        }
    }

    /// Whether `byte` was next; then it is consumed.
    mutating func skip(_ byte: UInt8) -> Bool {
        skipSpace()
        guard position < bytes.count, bytes[position] == byte else { return false }
        position += 1
        return true
    }

    mutating func expect(_ byte: UInt8, _ what: StaticString) throws(Flaw) {
        guard skip(byte) else { throw Flaw(message: "\(what) is missing at byte \(position)") }
    }

    mutating func boolean() throws(Flaw) -> Bool {
        skipSpace()
        if skipWord("true") { return true }
        if skipWord("false") { return false }
        throw Flaw(message: "neither true nor false at byte \(position)")
    }

    private mutating func skipWord(_ word: StaticString) -> Bool {
        let length = word.utf8CodeUnitCount
        guard bytes.count - position >= length else { return false }
        for offset in 0..<length where bytes[position + offset] != word.utf8Start[offset] { return false }
        position += length
        return true
    }

    /// A number that can be a size: digits alone, no sign, fraction, exponent or leading zero.
    mutating func size() throws(Flaw) -> Int64 {
        skipSpace()
        let start = position
        var value: Int64 = 0
        while position < bytes.count, (0x30...0x39).contains(bytes[position]) {
            let (tens, isOver) = value.multipliedReportingOverflow(by: 10)
            let (sum, isOverToo) = tens.addingReportingOverflow(Int64(bytes[position] - 0x30))
            guard !isOver, !isOverToo else { throw Flaw(message: "size is too large") }
            value = sum
            position += 1
        }
        let length = position - start
        guard length > 0, length == 1 || bytes[start] != 0x30, !isInsideNumber else {
            throw Flaw(message: "size is not a whole number of bytes")
        }
        return value
    }

    private var isInsideNumber: Bool {
        guard position < bytes.count else { return false }
        return [UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E")].contains(bytes[position])
    }

    mutating func string() throws(Flaw) -> String {
        try expect(UInt8(ascii: "\""), "a string")
        let start = position
        guard let plain = try plainString() else { return try escapedString(from: start) }
        return try Self.text(plain)
    }

    /// The bytes that the 2 · `count` hexadecimal digits of a string stand for; nil where the string is anything else.
    mutating func hexadecimal(_ count: Int) throws(Flaw) -> [UInt8]? {
        try expect(UInt8(ascii: "\""), "a string")
        let start = position
        guard let plain = try plainString() else {
            _ = try escapedString(from: start)
            return nil
        }
        return plain.count == 2 * count ? Hex.bytes(plain) : nil
    }

    /// The rest of a string up to its end, which is consumed; nil where an escape comes before, at which `position` is then.
    private mutating func plainString() throws(Flaw) -> UnsafeRawBufferPointer? {
        let start = position
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "\""):
                position += 1
                return UnsafeRawBufferPointer(rebasing: bytes[start..<position - 1])
            case UInt8(ascii: "\\"):
                return nil
            case 0..<0x20:
                throw Flaw(message: "a string has a bare control character at byte \(position)")
            default:
                position += 1
            }
        }
        throw Flaw(message: "a string has no end")
    }

    private static func text(_ bytes: UnsafeRawBufferPointer) throws(Flaw) -> String {
        // Most are ASCII, which needs no more than this look.
        if !bytes.contains(where: { $0 >= 0x80 }) {
            return String(unsafeUninitializedCapacity: bytes.count) { buffer in
                UnsafeMutableRawBufferPointer(buffer).copyBytes(from: bytes)
                return bytes.count
            }
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Flaw(message: "a string is not UTF-8")
        }
        return text
    }

    /// The rest of a string, `position` being at its first escape.
    private mutating func escapedString(from start: Int) throws(Flaw) -> String {
        var unescaped = [UInt8](bytes[start..<position])
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            switch byte {
            case UInt8(ascii: "\""):
                return try unescaped.withUnsafeBufferPointer { bytes throws(Flaw) in
                    try Self.text(UnsafeRawBufferPointer(bytes))
                }
            case UInt8(ascii: "\\"): try appendEscape(to: &unescaped)
            case 0..<0x20: throw Flaw(message: "a string has a bare control character at byte \(position - 1)")
            default: unescaped.append(byte)
            }
        }
        throw Flaw(message: "a string has no end")
    }

    private mutating func appendEscape(to text: inout [UInt8]) throws(Flaw) {
        guard position < bytes.count else { throw Flaw(message: "a string has no end") }
        let byte = bytes[position]
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"): text.append(contentsOf: String(try scalar()).utf8)
        default: throw Flaw(message: "a string has an unknown escape at byte \(position - 1)")
        }
    }

    /// The character of `\uXXXX`, or of the two that make a surrogate pair, `position` being after the first `u`.
    private mutating func scalar() throws(Flaw) -> Unicode.Scalar {
        let first = try codeUnit()
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard (0xD800..<0xDC00).contains(first), skipWord("\\u") else {
            throw Flaw(message: "a string has half a surrogate pair")
        }
        let second = try codeUnit()
        guard (0xDC00..<0xE000).contains(second),
            let scalar = Unicode.Scalar(0x10000 + (UInt32(first) - 0xD800) << 10 + (UInt32(second) - 0xDC00))
        else { throw Flaw(message: "a string has half a surrogate pair") }
        return scalar
    }

    private mutating func codeUnit() throws(Flaw) -> UInt16 {
        guard bytes.count - position >= 4 else { throw Flaw(message: "a string has no end") }
        var unit: UInt16 = 0
        for digit in bytes[position..<position + 4] {
            guard let value = Self.hexadecimal(digit) else {
                throw Flaw(message: "a string has \\u without four hexadecimal digits")
            }
            unit = unit << 4 | value
        }
        position += 4
        return unit
    }

    private static func hexadecimal(_ digit: UInt8) -> UInt16? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt16(digit - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt16(digit - UInt8(ascii: "a")) + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt16(digit - UInt8(ascii: "A")) + 10
        default: nil
        }
    }
}
