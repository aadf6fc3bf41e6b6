/// Counts the columns that the text of one line takes on a terminal, so that the way back to its beginning is known.
struct LineWidth {
    private(set) var columns = 0
    private var isSequence = false

    /// Adds text that `TextFilter` let through: whole characters, tabs and colours.
    mutating func add(_ text: some Collection<UInt8>) {
        for scalar in String(decoding: text, as: UTF8.self).unicodeScalars {
            if isSequence {
                if scalar == "m" { isSequence = false }
            } else if scalar == "\u{1b}" {
                isSequence = true
            } else if scalar == "\t" {
                columns += 8 - columns % 8
            } else {
                columns += Self.width(of: scalar)
            }
        }
    }

    /// How many rows above the one that the cursor stands in the line begins.
    func rowsAbove(in width: Int) -> Int {
        guard width > 0, columns > 0 else { return 0 }
        // A row that is just full keeps the cursor.
        return (columns - 1) / width
    }

    /// As most terminals have it: two for East Asian and pictures, none for what is drawn onto the character before.
    private static func width(of scalar: Unicode.Scalar) -> Int {
        guard scalar.value >= 0x300 else { return 1 }
        switch scalar.value {
        case 0x1100...0x115f, 0x2e80...0x303e, 0x3041...0xa4cf, 0xac00...0xd7a3, 0xf900...0xfaff, 0xfe30...0xfe6f,
            0xff00...0xff60, 0xffe0...0xffe6, 0x1f300...0x1f64f, 0x1f680...0x1f6ff, 0x1f900...0x1f9ff,
            0x20000...0x3fffd:
            return 2
        default: break
        }
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format: return 0
        default: return 1
        }
    }
}
