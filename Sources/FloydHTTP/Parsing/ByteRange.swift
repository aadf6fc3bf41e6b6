/// A single range of bytes, asked for with the Range field (RFC 9110 §14).
public enum ByteRange: Sendable, Hashable {
    /// No range that is to be honoured: answer 200 with everything.
    case whole
    /// Answer 206 with these bytes; never empty.
    case part(Range<Int64>)
    /// Answer 416 with `Content-Range: bytes */LENGTH`.
    case unsatisfiable

    /// Decides what a Range field asks of a representation of `length` bytes.
    ///
    /// Another unit, a malformed value and several ranges at once are answered with everything, as the RFC allows: a client
    /// must cope with that, and many small ranges are a known way to burden a server.
    public static func parse(_ header: String?, length: Int64) -> ByteRange {
        guard let header, let equals = header.utf8.firstIndex(of: 0x3d) else { return .whole }
        guard header[..<equals].lowercased() == "bytes" else { return .whole }
        let set = header[header.index(after: equals)...].drop(while: isBlank)
        guard let dash = set.utf8.firstIndex(of: 0x2d) else { return .whole }
        let first = set[..<dash]
        var last = set[set.index(after: dash)...]
        while let end = last.last, isBlank(end) { last.removeLast() }
        guard first.utf8.allSatisfy(ByteClass.isDigit), last.utf8.allSatisfy(ByteClass.isDigit) else { return .whole }

        switch (first.isEmpty, last.isEmpty) {
        case (true, true):
            return .whole
        case (true, false):
            let count = min(clamped(last), length)
            return count > 0 ? .part(length - count..<length) : .unsatisfiable
        case (false, true):
            let start = clamped(first)
            return start < length ? .part(start..<length) : .unsatisfiable
        case (false, false):
            let start = clamped(first)
            let end = clamped(last)
            guard start <= end else { return .whole }
            guard start < length else { return .unsatisfiable }
            return .part(start..<min(end, length - 1) + 1)
        }
    }

    /// The value of a Content-Range field for this answer, or nil for a whole one.
    public func contentRange(length: Int64) -> String? {
        switch self {
        case .whole: nil
        case .part(let range): "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(length)"
        case .unsatisfiable: "bytes */\(length)"
        }
    }

    private static func isBlank(_ character: Character) -> Bool {
        character == " " || character == "\t"
    }

    /// A number of digits only; one that is too large is as far as can be.
    private static func clamped(_ digits: Substring) -> Int64 {
        Int64(digits) ?? .max
    }
}
