/// Turns the text of a glob into tokens.
struct GlobCompiler {
    private let text: ArraySlice<UInt8>
    /// Whether slashes count: then `*` stops at one and `**` can be a whole part.
    private let hasParts: Bool
    private var position: Int
    private var tokens: [GlobToken] = []

    private init(_ text: ArraySlice<UInt8>, hasParts: Bool) {
        self.text = text
        self.hasParts = hasParts
        position = text.startIndex
    }

    /// The tokens of `text`; nil where it can match nothing: a set without an end or with an unknown class, a last lone backslash.
    static func tokens(of text: ArraySlice<UInt8>, hasParts: Bool) -> [GlobToken]? {
        var compiler = GlobCompiler(text, hasParts: hasParts)
        return compiler.compile() ? compiler.tokens : nil
    }

    private func peek(_ distance: Int = 0) -> UInt8? {
        let index = position + distance
        return index < text.endIndex ? text[index] : nil
    }

    private mutating func next() -> UInt8? {
        let byte = peek()
        position += 1
        return byte
    }

    private mutating func compile() -> Bool {
        while let byte = next() {
            switch byte {
            case UInt8(ascii: "?"): tokens.append(.anyByte)
            case UInt8(ascii: "*"): appendStars()
            case UInt8(ascii: "["):
                guard let set = set() else { return false }
                tokens.append(.set(set))
            case UInt8(ascii: "\\"):
                guard let literal = next() else { return false }
                tokens.append(.byte(literal))
            default: tokens.append(.byte(byte))
            }
        }
        return true
    }

    /// The first star is consumed already.
    private mutating func appendStars() {
        let start = position - 1
        var count = 1
        while peek() == UInt8(ascii: "*") {
            position += 1
            count += 1
        }
        let beginsPart = start == text.startIndex || text[start - 1] == Glob.slash
        let slashFollows = peek() == Glob.slash
        let endsPart = peek() == nil || slashFollows || (peek() == UInt8(ascii: "\\") && peek(1) == Glob.slash)
        guard hasParts, count > 1, beginsPart, endsPart else {
            tokens.append(.run)
            return
        }
        if slashFollows {
            position += 1
            tokens += [.folders, .throughSlash]
        } else {
            tokens.append(.everything)
        }
    }

    /// The set whose bracket is consumed already; nil where it has no end or names an unknown class. A bracket that closes stands for
    /// itself when it comes first, a hyphen when it comes first, last or after a range.
    private mutating func set() -> ByteSet? {
        var set = ByteSet()
        let isInverted = peek() == UInt8(ascii: "!") || peek() == UInt8(ascii: "^")
        if isInverted { position += 1 }
        var previous: UInt8?
        var isFirst = true
        while let byte = next() {
            if byte == UInt8(ascii: "]"), !isFirst {
                if isInverted { set.invert() }
                return set
            }
            isFirst = false
            if byte == UInt8(ascii: "-"), let low = previous, let after = peek(), after != UInt8(ascii: "]") {
                position += 1
                guard let high = after == UInt8(ascii: "\\") ? next() : after else { return nil }
                set.insert(from: low, through: high)
                previous = nil
            } else if byte == UInt8(ascii: "["), peek() == UInt8(ascii: ":") {
                switch namedClass() {
                case .members(let contains):
                    for member in UInt8(0)...127 where contains(member) { set.insert(member) }
                    previous = nil
                case .notAClass:
                    set.insert(byte)
                    previous = byte
                case .unknown: return nil
                }
            } else {
                guard let member = byte == UInt8(ascii: "\\") ? next() : byte else { return nil }
                set.insert(member)
                previous = member
            }
        }
        return nil
    }

    private enum NamedClass {
        case members((UInt8) -> Bool)
        /// Only a bracket and a colon, as they stand.
        case notAClass
        case unknown
    }

    /// The class of `[:name:]`, whose first bracket is consumed.
    private mutating func namedClass() -> NamedClass {
        let start = position + 1
        guard let end = text[min(start, text.endIndex)...].firstIndex(of: UInt8(ascii: "]")) else { return .unknown }
        guard end > start, text[end - 1] == UInt8(ascii: ":") else { return .notAClass }
        guard let contains = Self.classes[String(decoding: text[start..<end - 1], as: UTF8.self)] else {
            return .unknown
        }
        position = end + 1
        return .members(contains)
    }

    private static let classes: [String: @Sendable (UInt8) -> Bool] = [
        "alnum": { isLetter($0) || isDigit($0) },
        "alpha": { isLetter($0) },
        "blank": { $0 == 0x20 || $0 == 0x09 },
        "cntrl": { $0 < 0x20 || $0 == 0x7F },
        "digit": { isDigit($0) },
        "graph": { $0 > 0x20 && $0 < 0x7F },
        "lower": { isLower($0) },
        "print": { $0 >= 0x20 && $0 < 0x7F },
        "punct": { $0 > 0x20 && $0 < 0x7F && !isLetter($0) && !isDigit($0) },
        "space": { $0 == 0x20 || (0x09...0x0D).contains($0) },
        "upper": { isLetter($0) && !isLower($0) },
        "xdigit": { isDigit($0) || (0x41...0x46).contains($0) || (0x61...0x66).contains($0) },
    ]

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
    private static func isLower(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte) }
    private static func isLetter(_ byte: UInt8) -> Bool { isLower(byte) || (0x41...0x5A).contains(byte) }
}
