import FloydClient
import FloydModel
import FloydProject
import FoundationEssentials

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// The time that `--since` names: one that lies a span back, or one of the calendar.
enum LogStart: Hashable {
    /// That long ago, by the server's clock: it is the one that the log's times come from.
    case ago(Duration)
    case at(Date)

    /// - Throws: `FloydError` with `invalidRequest` if `text` names no time.
    init(parsing text: String) throws(FloydError) {
        if let span = TimeSpan.duration(text) {
            self = .ago(span)
        } else if let date = Self.date(text) {
            self = .at(date)
        } else {
            throw FloydError(
                .invalidRequest,
                "\(text.debugDescription) names no time",
                hint: "Give 30s, 10m, 2h or 7d for that long ago, \"2026-11-22 14:00\" for a local time, "
                    + "or 2026-11-22T14:00:00Z."
            )
        }
    }

    /// - Parameters:
    ///   - serverTime: what the server's clock shows, or nil where it doesn't tell.
    ///   - now: what this machine's shows.
    func date(serverTime: () throws(FloydError) -> Date?, now: Date) throws(FloydError) -> Date {
        switch self {
        case .at(let date): return date
        case .ago(let span): return (try serverTime() ?? now) - span / .seconds(1)
        }
    }

    /// `2026-11-22`, with ` 14:00` or `T14:00`, with `:05` and a fraction of the second, and with a zone as in RFC 3339; without one
    /// the time is local.
    private static func date(_ text: String) -> Date? {
        var rest = Substring(text)
        var fields = tm()
        guard let year = number(&rest, 4), take(&rest, "-"), let month = number(&rest, 2), take(&rest, "-"),
            let day = number(&rest, 2)
        else { return nil }
        (fields.tm_year, fields.tm_mon, fields.tm_mday, fields.tm_isdst) = (year - 1900, month - 1, day, -1)
        var fraction = 0.0
        var zone: Int?
        if !rest.isEmpty {
            guard take(&rest, "T") || take(&rest, "t") || take(&rest, " "), let hour = number(&rest, 2),
                take(&rest, ":"), let minute = number(&rest, 2)
            else { return nil }
            (fields.tm_hour, fields.tm_min) = (hour, minute)
            if take(&rest, ":") {
                guard let second = number(&rest, 2) else { return nil }
                fields.tm_sec = second
                if take(&rest, ".") {
                    let digits = rest.prefix { ("0"..."9").contains($0) }
                    guard !digits.isEmpty, let value = Double("0.\(digits)") else { return nil }
                    fraction = value
                    rest = rest[digits.endIndex...]
                }
            }
            guard Self.zone(&rest, &zone), rest.isEmpty else { return nil }
        }
        // Both would make the 31st of February the 3rd of March.
        let given = [fields.tm_mon, fields.tm_mday, fields.tm_min, fields.tm_sec]
        let time = zone == nil ? mktime(&fields) : timegm(&fields)
        guard [fields.tm_mon, fields.tm_mday, fields.tm_min, fields.tm_sec] == given, time != -1 else { return nil }
        return Date(timeIntervalSince1970: Double(time - (zone ?? 0)) + fraction)
    }

    /// Reads what there is of a zone, in seconds east of Greenwich.
    private static func zone(_ rest: inout Substring, _ zone: inout Int?) -> Bool {
        if rest.isEmpty { return true }
        if take(&rest, "Z") || take(&rest, "z") {
            zone = 0
            return true
        }
        let sign = rest.first == "-" ? -1 : 1
        guard take(&rest, "+") || take(&rest, "-"), let hours = number(&rest, 2), take(&rest, ":"),
            let minutes = number(&rest, 2), hours < 24, minutes < 60
        else { return false }
        zone = sign * (Int(hours) * 3_600 + Int(minutes) * 60)
        return true
    }

    private static func number(_ rest: inout Substring, _ digits: Int) -> Int32? {
        let text = rest.prefix(digits)
        guard text.count == digits, text.allSatisfy({ ("0"..."9").contains($0) }) else { return nil }
        rest = rest.dropFirst(digits)
        return Int32(text)
    }

    private static func take(_ rest: inout Substring, _ character: Character) -> Bool {
        guard rest.first == character else { return false }
        rest.removeFirst()
        return true
    }
}
