import FoundationEssentials

/// One line as a terminal would show it: carriage returns and backspaces move the cursor, what is printed then overwrites, and escape
/// sequences vanish but for those that erase. The pages' script has the same rules.
struct TerminalLine: Sendable {
    /// Characters of a line that are kept; what is behind is dropped.
    static let maximumLength = 65_536

    private enum Mode: Sendable {
        case text
        case escape
        /// `ESC [ … letter`
        case sequence
        /// `ESC ] … BEL`, or up to the next escape
        case string
    }

    private var cells: [Unicode.Scalar] = []
    private(set) var cursor = 0
    private var mode = Mode.text
    private var digits = ""
    /// The bytes of a character that isn't whole yet.
    private var rest: [UInt8] = []

    var text: String {
        var text = ""
        text.unicodeScalars.append(contentsOf: cells)
        return text
    }

    /// Whether `text` holds nothing that isn't simply printed.
    static func isPlain(_ text: String) -> Bool {
        // 0xC2 begins the control characters U+0080 to U+009F, among others.
        text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f && $0 != 0xc2 || $0 == UInt8(ascii: "\t") }
            && text.utf8.count <= maximumLength
    }

    /// Takes bytes of which the last may be the beginning of a character only.
    mutating func feed(bytes: Data) {
        rest.append(contentsOf: bytes)
        let whole = rest.count - Self.incomplete(rest)
        print(String(decoding: rest[..<whole], as: UTF8.self))
        rest.removeFirst(whole)
    }

    mutating func feed(_ text: String) {
        flush()
        print(text)
    }

    /// Takes what is left of a character that will not become whole.
    mutating func flush() {
        guard !rest.isEmpty else { return }
        print(String(decoding: rest, as: UTF8.self))
        rest = []
    }

    /// How many bytes at the end begin a UTF-8 character that could still become whole.
    private static func incomplete(_ bytes: [UInt8]) -> Int {
        for count in 1...3 where count <= bytes.count {
            let byte = bytes[bytes.count - count]
            if byte & 0xc0 == 0x80 { continue }
            let length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1
            return length > count ? count : 0
        }
        return 0
    }

    private mutating func print(_ text: String) {
        for scalar in text.unicodeScalars { print(scalar) }
    }

    private mutating func print(_ scalar: Unicode.Scalar) {
        switch mode {
        case .text: show(scalar)
        case .escape: escape(scalar)
        case .sequence:
            guard (0x40...0x7e).contains(scalar.value) else {
                if digits.utf8.count < 16 { digits.unicodeScalars.append(scalar) }
                return
            }
            if scalar == "K" { erase() }
            mode = .text
        case .string:
            if scalar.value == 7 { mode = .text } else if scalar.value == 0x1b { mode = .escape }
        }
    }

    private mutating func show(_ scalar: Unicode.Scalar) {
        switch scalar.value {
        case 0x1b: mode = .escape
        case 0x0d: cursor = 0
        case 0x08: cursor = max(0, cursor - 1)
        case 0x09, 0x20...0x7e, 0xa0...: put(scalar)
        default: break
        }
    }

    private mutating func escape(_ scalar: Unicode.Scalar) {
        switch scalar {
        case "[":
            mode = .sequence
            digits = ""
        case "]", "P", "X", "^", "_": mode = .string
        case "\u{20}"..."\u{2f}": break
        default: mode = .text
        }
    }

    private mutating func put(_ scalar: Unicode.Scalar) {
        guard cursor < Self.maximumLength else { return }
        if cursor < cells.count {
            cells[cursor] = scalar
        } else {
            while cells.count < cursor { cells.append(" ") }
            cells.append(scalar)
        }
        cursor += 1
    }

    /// `ESC [ K`: to the end of the line; `1`: up to the cursor; `2`: all of it.
    private mutating func erase() {
        switch digits {
        case "1": for index in cells.indices.prefix(cursor + 1) { cells[index] = " " }
        case "2": cells = []
        default: cells.removeLast(max(0, cells.count - cursor))
        }
    }
}
