internal import Glibc

/// An address of the internet, of either version. One of IPv4 that is written as one of IPv6 (`::ffff:192.0.2.1`, RFC 4291 §2.5.5.2)
/// is the address of IPv4, as it is on a socket that serves both.
public struct IPAddress: Sendable, Hashable, CustomStringConvertible {
    /// In network order: four or sixteen.
    let bytes: [UInt8]

    /// Reads `192.0.2.1` or `2001:db8::1`, without brackets, port or zone.
    ///
    /// - Returns: nil for anything else, numbers with leading zeros too, which some read as octal.
    public init?(_ text: some StringProtocol) {
        let text = String(text)
        // The C call would stop at a NUL.
        guard text.utf8.count <= Self.longestText, !text.utf8.contains(0) else { return nil }
        var bytes = [UInt8](repeating: 0, count: 16)
        if inet_pton(AF_INET, text, &bytes) == 1 {
            self.bytes = Array(bytes[..<4])
            return
        }
        guard inet_pton(AF_INET6, text, &bytes) == 1 else { return nil }
        let isMapped = bytes[..<10].allSatisfy { $0 == 0 } && bytes[10] == 0xff && bytes[11] == 0xff
        self.bytes = isMapped ? Array(bytes[12...]) : bytes
    }

    /// INET6_ADDRSTRLEN without its NUL.
    private static let longestText = 45

    /// As RFC 5952 writes it.
    public var description: String {
        var text = [CChar](repeating: 0, count: Self.longestText + 1)
        let family = bytes.count == 4 ? AF_INET : AF_INET6
        guard inet_ntop(family, bytes, &text, socklen_t(text.count)) != nil else { return "" }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

/// The addresses that begin with the same bits: `10.0.0.0/8`, `fd00::/8`, or one alone.
public struct AddressRange: Sendable, Hashable, CustomStringConvertible {
    let first: IPAddress
    /// How many bits are the same.
    let prefix: Int

    /// - Returns: nil unless it is an address, with or without a length that it can have, and no bit is set behind that: whoever writes
    ///   `10.1.2.3/8` may have meant one address or many.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = IPAddress(parts[0]) else { return nil }
        first = address
        let bits = address.bytes.count * 8
        guard parts.count == 2 else {
            prefix = bits
            return
        }
        guard !parts[1].isEmpty, parts[1].utf8.allSatisfy((UInt8(ascii: "0")...UInt8(ascii: "9")).contains),
            let prefix = Int(parts[1]), prefix <= bits
        else { return nil }
        self.prefix = prefix
        guard (prefix..<bits).allSatisfy({ !address.isSet($0) }) else { return nil }
    }

    public func contains(_ address: IPAddress) -> Bool {
        guard address.bytes.count == first.bytes.count else { return false }
        let whole = prefix / 8
        guard address.bytes[..<whole] == first.bytes[..<whole] else { return false }
        return (whole * 8..<prefix).allSatisfy { address.isSet($0) == first.isSet($0) }
    }

    public var description: String {
        prefix == first.bytes.count * 8 ? "\(first)" : "\(first)/\(prefix)"
    }
}

extension IPAddress {
    /// - Parameter bit: counted from the most significant one.
    fileprivate func isSet(_ bit: Int) -> Bool { bytes[bit / 8] & (0x80 >> UInt8(bit % 8)) != 0 }
}
