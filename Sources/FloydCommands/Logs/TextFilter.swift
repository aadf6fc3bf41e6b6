import FoundationEssentials

/// Makes what a job printed harmless for a terminal: control sequences other than colours are taken out, what is no UTF-8 is
/// replaced, carriage returns and tabs stay. Bytes may come in any pieces.
///
/// Follows ECMA-48: CSI sequences, the strings that OSC, DCS, SOS, PM and APC begin, single escapes, and the 8-bit forms of all these.
struct TextFilter {
    private enum State {
        case ground
        case escape
        case control
        case string
        /// An escape inside a string: a backslash ends it.
        case stringEscape
    }

    private static let longestColour = 64

    /// Whether SGR sequences stay.
    let keepsColours: Bool
    private var state = State.ground
    private var sequence: [UInt8] = []
    /// The beginning of a character whose rest is yet to come.
    private var character: [UInt8] = []
    private var characterLength = 0

    init(keepsColours: Bool) {
        self.keepsColours = keepsColours
    }

    mutating func filter(_ bytes: Data) -> [UInt8] {
        if state == .ground, character.isEmpty, bytes.allSatisfy(Self.isPlain) { return [UInt8](bytes) }
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        for byte in bytes { take(byte, &result) }
        return result
    }

    /// What is left of a line that ends here; nothing of it reaches the next.
    mutating func endLine() -> [UInt8] {
        var result: [UInt8] = []
        giveUpCharacter(&result)
        state = .ground
        sequence = []
        return result
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        (0x20..<0x7f).contains(byte) || byte == UInt8(ascii: "\t")
    }

    private mutating func take(_ byte: UInt8, _ result: inout [UInt8]) {
        switch byte {
        case 0x1b:
            giveUpCharacter(&result)
            state = state == .string || state == .stringEscape ? .stringEscape : .escape
        case 0x18, 0x1a:
            // CAN and SUB end any sequence.
            giveUpCharacter(&result)
            state = .ground
        case 0x00..<0x20, 0x7f:
            giveUpCharacter(&result)
            takeControl(byte, &result)
        case 0x20..<0x7f:
            giveUpCharacter(&result)
            takePrintable(byte, &result)
        default:
            takeMultibyte(byte, &result)
        }
    }

    private mutating func takeControl(_ byte: UInt8, _ result: inout [UInt8]) {
        switch state {
        case .ground:
            if byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\r") { result.append(byte) }
        case .string, .stringEscape:
            state = byte == 0x07 ? .ground : .string
        case .escape, .control:
            // A terminal would obey it in the middle of the sequence, which goes on.
            break
        }
    }

    private mutating func takePrintable(_ byte: UInt8, _ result: inout [UInt8]) {
        switch state {
        case .ground:
            result.append(byte)
        case .escape:
            switch byte {
            case UInt8(ascii: "["): beginControl()
            case UInt8(ascii: "]"), UInt8(ascii: "P"), UInt8(ascii: "X"), UInt8(ascii: "^"), UInt8(ascii: "_"):
                state = .string
            // Intermediate bytes: the sequence goes on.
            case 0x20..<0x30: break
            default: state = .ground
            }
        case .control:
            if sequence.count <= Self.longestColour { sequence.append(byte) }
            guard byte >= 0x40 else { return }
            state = .ground
            if keepsColours, isColour { result += [0x1b, UInt8(ascii: "[")] + sequence }
        case .string:
            break
        case .stringEscape:
            if byte == UInt8(ascii: "\\") {
                state = .ground
            } else {
                state = .escape
                takePrintable(byte, &result)
            }
        }
    }

    private mutating func beginControl() {
        state = .control
        sequence = []
    }

    /// Whether the sequence is digits and separators up to an `m`.
    private var isColour: Bool {
        sequence.count <= Self.longestColour && sequence.last == UInt8(ascii: "m")
            && sequence.dropLast().allSatisfy { (0x30...0x3b).contains($0) }
    }

    private mutating func takeMultibyte(_ byte: UInt8, _ result: inout [UInt8]) {
        if !character.isEmpty {
            guard continues(byte) else {
                giveUpCharacter(&result)
                return takeMultibyte(byte, &result)
            }
            character.append(byte)
            guard character.count == characterLength else { return }
            let whole = character
            character = []
            return takeCharacter(whole, &result)
        }
        switch byte {
        case 0xc2...0xdf: characterLength = 2
        case 0xe0...0xef: characterLength = 3
        case 0xf0...0xf4: characterLength = 4
        default:
            takeCharacter(Self.replacement, &result)
            return
        }
        character = [byte]
    }

    /// Whether `byte` may follow what there is of the character (Unicode 15, table 3-7).
    private func continues(_ byte: UInt8) -> Bool {
        guard character.count == 1 else { return (0x80...0xbf).contains(byte) }
        switch character[0] {
        case 0xe0: return (0xa0...0xbf).contains(byte)
        case 0xed: return (0x80...0x9f).contains(byte)
        case 0xf0: return (0x90...0xbf).contains(byte)
        case 0xf4: return (0x80...0x8f).contains(byte)
        default: return (0x80...0xbf).contains(byte)
        }
    }

    private static let replacement: [UInt8] = [0xef, 0xbf, 0xbd]

    private mutating func giveUpCharacter(_ result: inout [UInt8]) {
        guard !character.isEmpty else { return }
        character = []
        takeCharacter(Self.replacement, &result)
    }

    private mutating func takeCharacter(_ bytes: [UInt8], _ result: inout [UInt8]) {
        // U+0080 to U+009F are the 8-bit control characters.
        if bytes[0] == 0xc2, bytes[1] < 0xa0 {
            switch bytes[1] {
            case 0x9b: beginControl()
            case 0x90, 0x98, 0x9d, 0x9e, 0x9f: state = .string
            case 0x9c: state = .ground
            default: break
            }
            return
        }
        switch state {
        case .ground: result += bytes
        case .string: break
        case .stringEscape: state = .string
        case .escape, .control:
            // Not part of any sequence: this one ends without effect.
            state = .ground
            result += bytes
        }
    }
}
