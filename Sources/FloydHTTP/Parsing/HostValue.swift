/// The value of a Host field: `uri-host [ ":" port ]` (RFC 9112 §3.2, RFC 3986 §3.2.2).
enum HostValue {
    /// Whether the bytes are a host with an optional port. Nothing at all is valid too: a target without authority.
    static func isValid(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard !bytes.isEmpty else { return true }
        let hostEnd: Int
        if bytes[0] == 0x5b {
            guard let bracket = bytes.firstIndex(of: 0x5d), bracket > 2 else { return false }
            guard bytes.slice(1..<bracket).allSatisfy(isAddressByte) else { return false }
            hostEnd = bracket + 1
        } else {
            hostEnd = bytes.firstIndex(of: 0x3a) ?? bytes.count
            guard hostEnd > 0, isRegisteredName(bytes.slice(0..<hostEnd)) else { return false }
        }
        guard hostEnd < bytes.count else { return true }
        let port = bytes.slice(hostEnd + 1..<bytes.count)
        return bytes[hostEnd] == 0x3a && port.count <= 5 && port.allSatisfy(ByteClass.isDigit)
    }

    private static func isAddressByte(_ byte: UInt8) -> Bool {
        ByteClass.hexValue(byte) != nil || byte == 0x3a || byte == 0x2e
    }

    private static func isRegisteredName(_ name: UnsafeRawBufferPointer) -> Bool {
        var index = 0
        while index < name.count {
            let byte = name[index]
            if byte == 0x25 {
                guard index + 2 < name.count, ByteClass.hexValue(name[index + 1]) != nil,
                    ByteClass.hexValue(name[index + 2]) != nil
                else { return false }
                index += 2
            } else if !isNameByte(byte) {
                return false
            }
            index += 1
        }
        return true
    }

    /// `unreserved` and `sub-delims` of RFC 3986. The comma is left out: two values joined on the way are no host.
    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: true
        case 0x2d, 0x2e, 0x5f, 0x7e, 0x21, 0x24, 0x26, 0x27, 0x28, 0x29, 0x2a, 0x2b, 0x3b, 0x3d: true
        default: false
        }
    }
}
