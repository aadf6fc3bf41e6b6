import FloydAPI
import FloydModel
import FoundationEssentials

/// How values look to people.
struct TextStyle {
    var now: Date
    var hasColours: Bool

    enum Colour: String {
        case red = "31"
        case green = "32"
        case yellow = "33"
        case cyan = "36"
    }

    func coloured(_ text: String, _ colour: Colour) -> String {
        hasColours ? "\u{1b}[\(colour.rawValue)m\(text)\u{1b}[0m" : text
    }

    /// The one word that says how a job is.
    func status(of job: JobResponse) -> String {
        status(job.state, job.outcome)
    }

    func status(_ state: JobState, _ outcome: JobOutcome?) -> String {
        switch outcome {
        case .some(let outcome): status(outcome)
        case nil: state == .running ? coloured(state.rawValue, .cyan) : state.rawValue
        }
    }

    func status(_ outcome: JobOutcome) -> String {
        switch outcome {
        case .success: coloured(outcome.rawValue, .green)
        case .failed, .timeout, .lost: coloured(outcome.rawValue, .red)
        case .shutdown: coloured(outcome.rawValue, .yellow)
        }
    }

    /// A duration in whole seconds; empty where there is none. It is the server's: the difference of two times of day may be anything.
    static func duration(_ seconds: Double?) -> String {
        seconds.flatMap { Int(exactly: $0.rounded(.down)) }.map(String.init) ?? ""
    }

    /// The job's name without its owner: `classify/3`.
    static func shortName(of job: JobResponse) -> String {
        let parts = job.name.split(separator: "/")
        return printable(parts.count == 4 ? "\(parts[2])/\(parts[3])" : job.name)
    }

    /// `date` as seen from now: `3 minutes ago`.
    func age(of date: Date) -> String {
        let seconds = Int(now.timeIntervalSince(date))
        switch seconds {
        case ..<5: return "just now"
        case ..<60: return "\(seconds) seconds ago"
        case ..<3600: return Self.count(seconds / 60, "minute")
        case ..<86_400: return Self.count(seconds / 3600, "hour")
        case ..<(86_400 * 60): return Self.count(seconds / 86_400, "day")
        default: return String(MessageCoding.format(date).prefix(10))
        }
    }

    private static func count(_ number: Int, _ unit: String) -> String {
        "\(number) \(unit)\(number == 1 ? "" : "s") ago"
    }

    static func visibility(_ isPublic: Bool) -> String { isPublic ? "public" : "private" }

    /// `bytes` in decimal units with three figures: `2.15 GB`.
    static func bytes(_ bytes: Int64) -> String {
        let units = ["B", "kB", "MB", "GB", "TB", "PB", "EB"]
        var value = Double(max(0, bytes))
        var unit = 0
        // 999.5 would show as 1000.
        while value >= (unit == 0 ? 1000 : 999.5), unit < units.count - 1 {
            value /= 1000
            unit += 1
        }
        let places = unit == 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2
        return "\(fixed(value, places)) \(units[unit])"
    }

    /// `bytes` in binary units, as limits are set: `8 GiB`, `1.5 GiB`.
    static func binaryBytes(_ bytes: Int64) -> String {
        let units = ["bytes", "KiB", "MiB", "GiB", "TiB"]
        var unit = 0
        while unit < units.count - 1, bytes >= 1 << (10 * Int64(unit + 1)) { unit += 1 }
        let tenths = Int64((Double(bytes) / Double(1 << (10 * Int64(unit))) * 10).rounded())
        return "\(tenths / 10)\(tenths % 10 == 0 ? "" : ".\(tenths % 10)") \(units[unit])"
    }

    private static func fixed(_ value: Double, _ places: Int) -> String {
        let scale = [1, 10, 100][places]
        let scaled = Int((value * Double(scale)).rounded())
        guard places > 0 else { return "\(scaled)" }
        let fraction = String(scaled % scale)
        return "\(scaled / scale).\(String(repeating: "0", count: places - fraction.count))\(fraction)"
    }

    /// `text` with what would move the cursor made visible: names and messages of others stand in tables.
    static func printable(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 < 0x20 || $0 >= 0x7f }) else { return text }
        return String(
            String.UnicodeScalarView(
                text.unicodeScalars.flatMap { scalar in
                    scalar.properties.generalCategory == .control
                        ? Array((scalar == "\n" || scalar == "\t" ? " " : scalar.escaped(asASCII: true)).unicodeScalars)
                        : [scalar]
                }
            )
        )
    }
}
