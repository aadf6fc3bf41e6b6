/// Spans of time as people write them: `500ms`, `30s`, `10m`, `2h`, `7d`; a bare number is seconds.
public enum TimeSpan {
    /// The forms, for hints.
    public static let forms = "30s, 10m, 2h or 7d"

    private static let units: [(suffix: String, milliseconds: Int64)] = [
        ("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000),
    ]

    /// The span that `text` spells; nil: it spells none, or one that is beyond counting.
    public static func duration(_ text: String) -> Duration? {
        let unit = units.first { text.hasSuffix($0.suffix) }
        var digits = text.dropLast(unit?.suffix.count ?? 0)
        if unit != nil, digits.last == " " { digits.removeLast() }
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let count = Int64(digits)
        else { return nil }
        let (milliseconds, overflow) = count.multipliedReportingOverflow(by: unit?.milliseconds ?? 1_000)
        return overflow ? nil : .milliseconds(milliseconds)
    }

    /// The same where only whole seconds will do.
    public static func seconds(_ text: String) -> Int? {
        guard let (seconds, rest) = duration(text)?.components, rest == 0 else { return nil }
        return Int(exactly: seconds)
    }

    /// `seconds` in the largest unit that holds them exactly.
    public static func text(seconds: Int) -> String {
        for (suffix, milliseconds) in units.dropFirst().reversed() {
            let size = Int(milliseconds / 1_000)
            if seconds >= size, seconds % size == 0 { return "\(seconds / size)\(suffix)" }
        }
        return "\(seconds)s"
    }
}
