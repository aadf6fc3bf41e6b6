/// One step of a glob. A glob is matched byte by byte, as git does: `?` is one byte, not one character.
enum GlobToken: Equatable {
    /// Exactly this byte.
    case byte(UInt8)
    /// `?`: any one byte but a slash.
    case anyByte
    /// `[…]`: one byte of the set, never a slash.
    case set(ByteSet)
    /// `*`: any run of bytes without a slash.
    case run
    /// `**` as a whole part at the end: any run of bytes.
    case everything
    /// `**/`: nothing, or any run of bytes that ends in a slash. Always followed by `throughSlash`, which stands for the second case.
    case folders
    case throughSlash
}

/// A set of bytes.
struct ByteSet: Equatable {
    private var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)

    mutating func insert(_ byte: UInt8) {
        let bit = UInt64(1) << UInt64(byte & 63)
        switch byte >> 6 {
        case 0: words.0 |= bit
        case 1: words.1 |= bit
        case 2: words.2 |= bit
        default: words.3 |= bit
        }
    }

    /// Inserts a range; one that runs backwards is empty.
    mutating func insert(from low: UInt8, through high: UInt8) {
        guard low <= high else { return }
        for byte in low...high { insert(byte) }
    }

    mutating func invert() {
        words = (~words.0, ~words.1, ~words.2, ~words.3)
    }

    func contains(_ byte: UInt8) -> Bool {
        let word =
            switch byte >> 6 {
            case 0: words.0
            case 1: words.1
            case 2: words.2
            default: words.3
            }
        return word >> UInt64(byte & 63) & 1 == 1
    }

    static func == (left: Self, right: Self) -> Bool { left.words == right.words }
}
