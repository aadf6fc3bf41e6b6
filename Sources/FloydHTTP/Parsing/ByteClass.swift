/// The character classes of RFC 9110 §5.6 and RFC 3986, as bit sets.
enum ByteClass {
    /// `tchar` of RFC 9110 §5.6.2: what methods and field names are made of.
    @inline(__always)
    static func isToken(_ byte: UInt8) -> Bool {
        contains(byte, low: 0x03ff_6cfa_0000_0000, high: 0x57ff_ffff_c7ff_fffe)
    }

    /// What a request target may be made of: visible ASCII without `"`, `#`, `<`, `>` and `\`. That is a little more than
    /// RFC 3986 has, because browsers send `|`, `{` and `[` as they are; what is left out changes meaning on the way.
    @inline(__always)
    static func isTarget(_ byte: UInt8) -> Bool {
        contains(byte, low: 0xafff_fff2_0000_0000, high: 0x7fff_ffff_efff_ffff)
    }

    /// What a field value may hold (RFC 9110 §5.5): visible characters, space, tab and bytes above ASCII.
    @inline(__always)
    static func isFieldValue(_ byte: UInt8) -> Bool {
        byte >= 0x20 ? byte != 0x7f : byte == 0x09
    }

    @inline(__always)
    static func isDigit(_ byte: UInt8) -> Bool {
        byte &- 0x30 < 10
    }

    @inline(__always)
    static func isBlank(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x09
    }

    /// The value of a hexadecimal digit, or nil.
    @inline(__always)
    static func hexValue(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x41 + 10
        case 0x61...0x66: byte - 0x61 + 10
        default: nil
        }
    }

    @inline(__always)
    static func lowercased(_ byte: UInt8) -> UInt8 {
        byte &- 0x41 < 26 ? byte | 0x20 : byte
    }

    @inline(__always)
    private static func contains(_ byte: UInt8, low: UInt64, high: UInt64) -> Bool {
        byte < 64 ? low >> UInt64(byte) & 1 == 1 : byte < 128 && high >> UInt64(byte - 64) & 1 == 1
    }
}

extension UnsafeRawBufferPointer {
    /// The bytes of a range, as a buffer of its own.
    @inline(__always)
    func slice(_ range: Range<Int>) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: self[range])
    }

    /// The bytes without blanks at either end (OWS, RFC 9110 §5.6.3).
    @inline(__always)
    var trimmed: UnsafeRawBufferPointer {
        var lower = 0
        var upper = count
        while lower < upper, ByteClass.isBlank(self[lower]) { lower += 1 }
        while upper > lower, ByteClass.isBlank(self[upper - 1]) { upper -= 1 }
        return slice(lower..<upper)
    }

    /// Whether the bytes are these, in any case. `lowercase` is written in small letters.
    @inline(__always)
    func isCaseInsensitively(_ lowercase: StaticString) -> Bool {
        guard count == lowercase.utf8CodeUnitCount else { return false }
        for index in 0..<count where ByteClass.lowercased(self[index]) != lowercase.utf8Start[index] {
            return false
        }
        return true
    }

    @inline(__always)
    func isExactly(_ text: StaticString) -> Bool {
        guard count == text.utf8CodeUnitCount else { return false }
        for index in 0..<count where self[index] != text.utf8Start[index] { return false }
        return true
    }

    /// Calls `body` with each element of a comma-separated list, trimmed; empty elements are left out (RFC 9110 §5.6.1.2).
    func forEachListElement<Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Void
    ) throws(Failure) {
        var start = 0
        for index in 0...count where index == count || self[index] == 0x2c {
            let element = slice(start..<index).trimmed
            if !element.isEmpty { try body(element) }
            start = index + 1
        }
    }
}
