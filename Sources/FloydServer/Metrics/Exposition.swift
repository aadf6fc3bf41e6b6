import FloydCore

/// Metrics as Prometheus reads them: the text format, version 0.0.4.
struct Exposition {
    static let mediaType = "text/plain; version=0.0.4; charset=utf-8"

    enum Kind: String {
        case counter, gauge, histogram
    }

    private(set) var text = ""
    private var family = ""

    /// Begins a metric, whose samples follow.
    ///
    /// - Parameters:
    ///   - name: of a counter with `_total` at its end.
    ///   - help: one sentence.
    mutating func begin(_ name: String, _ kind: Kind, _ help: String) {
        family = name
        text += "# HELP \(name) \(Self.escaped(help, quotes: false))\n# TYPE \(name) \(kind.rawValue)\n"
    }

    /// A metric with one sample.
    mutating func add(_ name: String, _ kind: Kind, _ help: String, _ value: Double?) {
        guard let value else { return }
        begin(name, kind, help)
        sample([], value)
    }

    mutating func sample(_ labels: [(String, String)], _ value: Double) {
        line("", labels, value)
    }

    mutating func sample(_ labels: [(String, String)], _ histogram: Histogram) {
        var count: UInt64 = 0
        for (bound, own) in zip(histogram.bounds.map(Self.number) + ["+Inf"], histogram.counts) {
            count += own
            line("_bucket", labels + [("le", bound)], Double(count))
        }
        line("_sum", labels, histogram.sum)
        line("_count", labels, Double(count))
    }

    private mutating func line(_ suffix: String, _ labels: [(String, String)], _ value: Double) {
        text += family + suffix
        if !labels.isEmpty {
            let pairs = labels.map { "\($0)=\"\(Self.escaped($1, quotes: true))\"" }
            text += "{\(pairs.joined(separator: ","))}"
        }
        text += " \(Self.number(value))\n"
    }

    /// Whole numbers without a point, all others so that they read back as they were.
    static func number(_ value: Double) -> String {
        guard value.isFinite else { return value.isNaN ? "NaN" : value > 0 ? "+Inf" : "-Inf" }
        if value == value.rounded(), abs(value) < 1e15 { return String(Int64(value)) }
        return "\(value)"
    }

    private static func escaped(_ text: String, quotes: Bool) -> String {
        var escaped = ""
        for character in text.unicodeScalars {
            switch character {
            case "\\": escaped += "\\\\"
            case "\n": escaped += "\\n"
            case "\"" where quotes: escaped += "\\\""
            default: escaped.unicodeScalars.append(character)
            }
        }
        return escaped
    }
}
