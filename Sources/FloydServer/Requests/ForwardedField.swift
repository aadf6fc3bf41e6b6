import FloydCore
import HTTPTypes

/// The field of RFC 7239, in which each proxy of a chain says what it knows of who asked it.
enum ForwardedField {
    /// One proxy's word.
    struct Hop: Sendable, Hashable {
        /// nil: unknown, or a name that only the proxy understands (RFC 7239 §6.2, §6.3).
        var address: IPAddress?
        var scheme: String?
        var host: String?
    }

    /// The client before the last proxy that isn't trusted; nil without the field, and where a line that matters is malformed.
    static func client(in fields: HTTPFields, _ trusted: TrustedProxies) -> ForwardedClient? {
        var known: IPAddress?
        var last: Hop?
        // Lines are one list (RFC 9110 §5.3). One that stands before the client's hop is never parsed.
        for line in fields[values: .forwarded].reversed() {
            guard let hops = hops(line) else { return nil }
            for hop in hops.reversed() {
                last = hop
                guard let address = hop.address else { break }
                known = address
                if !trusted.contains(address) { break }
            }
            if let last, last.address.map(trusted.contains) != true { break }
        }
        return last.map { ForwardedClient(address: known, scheme: $0.scheme, host: $0.host) }
    }

    /// - Returns: nil for what RFC 7239 §4 doesn't allow; spaces beside a semicolon are allowed, since many write them.
    static func hops(_ line: String) -> [Hop]? {
        var scanner = Scanner(line)
        var hops: [Hop] = []
        while true {
            guard let hop = scanner.hop() else { return nil }
            // Empty elements of a list mean nothing (RFC 9110 §5.6.1.2).
            if let hop = hop.value { hops.append(hop) }
            if scanner.isAtEnd { return hops }
            guard scanner.take(UInt8(ascii: ",")) else { return nil }
        }
    }

    /// A node's address (RFC 7239 §6).
    ///
    /// - Returns: nil if it is malformed; nil inside, if it is no address.
    static func node(_ text: String) -> IPAddress?? {
        var host = text[...]
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { return nil }
            host = text[text.index(after: text.startIndex)..<end]
            guard host.contains(":"), isPort(text[text.index(after: end)...]), let address = IPAddress(host) else {
                return nil
            }
            return .some(address)
        }
        if let colon = text.firstIndex(of: ":") {
            host = text[..<colon]
            guard isPort(text[colon...]) else { return nil }
        }
        if host.lowercased() == "unknown" || isObfuscated(host) { return .some(nil) }
        guard let address = IPAddress(host) else { return nil }
        return .some(address)
    }

    /// Nothing, or a colon and a port, which may be obfuscated too.
    private static func isPort(_ text: Substring) -> Bool {
        guard let first = text.first else { return true }
        guard first == ":" else { return false }
        let port = text.dropFirst()
        return isObfuscated(port) || (1...5).contains(port.utf8.count) && port.utf8.allSatisfy(Scanner.isDigit)
    }

    private static func isObfuscated(_ text: Substring) -> Bool {
        text.utf8.count > 1 && text.hasPrefix("_")
            && text.utf8.allSatisfy { byte in
                Scanner.isDigit(byte) || Scanner.isLetter(byte) || byte == UInt8(ascii: ".")
                    || byte == UInt8(ascii: "_")
                    || byte == UInt8(ascii: "-")
            }
    }
}

extension ForwardedField {
    /// Reads a line from left to right.
    private struct Scanner {
        private let bytes: [UInt8]
        private var index = 0

        init(_ text: String) {
            bytes = Array(text.utf8)
        }

        var isAtEnd: Bool { index == bytes.count }

        private var next: UInt8? { index < bytes.count ? bytes[index] : nil }

        static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

        static func isLetter(_ byte: UInt8) -> Bool {
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
        }

        /// RFC 9110 §5.6.2.
        private static func isTokenByte(_ byte: UInt8) -> Bool {
            isDigit(byte) || isLetter(byte) || "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }

        mutating func take(_ byte: UInt8) -> Bool {
            guard next == byte else { return false }
            index += 1
            return true
        }

        private mutating func skipSpaces() {
            while next == UInt8(ascii: " ") || next == UInt8(ascii: "\t") { index += 1 }
        }

        /// The pairs up to the next comma, or the end.
        ///
        /// - Returns: nil if they are malformed; nil inside, if there are none.
        mutating func hop() -> (value: Hop?, ())? {
            var pairs: [String: String] = [:]
            while true {
                skipSpaces()
                if let byte = next, byte != UInt8(ascii: ";"), byte != UInt8(ascii: ",") {
                    guard let name = token(), take(UInt8(ascii: "=")), let value = value() else { return nil }
                    // Which one is meant, if there are two?
                    guard pairs.updateValue(value, forKey: name.lowercased()) == nil else { return nil }
                }
                skipSpaces()
                guard take(UInt8(ascii: ";")) else { break }
            }
            guard isAtEnd || next == UInt8(ascii: ",") else { return nil }
            guard !pairs.isEmpty else { return (nil, ()) }
            var hop = Hop(scheme: pairs["proto"], host: pairs["host"])
            if let text = pairs["for"] {
                guard let address = ForwardedField.node(text) else { return nil }
                hop.address = address
            }
            return (hop, ())
        }

        private mutating func token() -> String? {
            let start = index
            while let byte = next, Self.isTokenByte(byte) { index += 1 }
            return index > start ? String(decoding: bytes[start..<index], as: UTF8.self) : nil
        }

        private mutating func value() -> String? {
            guard take(UInt8(ascii: "\"")) else { return token() }
            var text: [UInt8] = []
            while let byte = next {
                index += 1
                switch byte {
                case UInt8(ascii: "\""):
                    return String(decoding: text, as: UTF8.self)
                case UInt8(ascii: "\\"):
                    guard let escaped = next else { return nil }
                    index += 1
                    text.append(escaped)
                default:
                    text.append(byte)
                }
            }
            return nil
        }
    }
}
