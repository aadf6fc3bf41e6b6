internal import Glibc

/// What stands before the text of a record, found without making anything of it: the fast way through logs of millions of lines.
///
/// It knows the form in which the worker writes alone (`2026-11-22T12:00:00.123456789Z stdout F[:floyd] `); `LogReader` takes more.
struct LogHeader: Sendable, Hashable {
    /// Bytes from the beginning of a record that say all there is to know of it.
    static let length = 46
    static let timeLength = 30
    private static let tagOffset = 38

    /// Whether the line ends with this record.
    var isWhole: Bool
    var source: LogRecord.Source

    /// - Parameter line: a record, or its first `length` bytes.
    init?(_ line: UnsafeRawBufferPointer) {
        guard line.count > Self.tagOffset + 1, line[30] == Self.space, line[37] == Self.space,
            line[29] == UInt8(ascii: "Z"), line[10] == UInt8(ascii: "T"), line[4] == UInt8(ascii: "-"),
            line[19] == UInt8(ascii: "."), line[31] == UInt8(ascii: "s"), line[32] == UInt8(ascii: "t")
        else { return nil }
        switch line[Self.tagOffset] {
        case UInt8(ascii: "F"): isWhole = true
        case UInt8(ascii: "P"): isWhole = false
        default: return nil
        }
        switch line[Self.tagOffset + 1] {
        case Self.space:
            switch line[33] {
            case UInt8(ascii: "d") where Self.matches(line, 33, "dout"): source = .stdout
            case UInt8(ascii: "d") where Self.matches(line, 33, "derr"): source = .stderr
            default: return nil
            }
        case UInt8(ascii: ":") where Self.matches(line, Self.tagOffset + 1, ":\(LogFormat.systemTag) "):
            source = .system
        default: return nil
        }
    }

    /// Where the text begins.
    var textOffset: Int {
        source == .system ? Self.tagOffset + 3 + LogFormat.systemTag.utf8.count : Self.tagOffset + 2
    }

    private static let space = UInt8(ascii: " ")

    private static func matches(_ line: UnsafeRawBufferPointer, _ start: Int, _ text: String) -> Bool {
        let text = text.utf8
        guard line.count >= start + text.count else { return false }
        return zip(line[start...], text).allSatisfy { $0 == $1 }
    }
}
