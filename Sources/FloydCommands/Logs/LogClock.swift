#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Turns the times of log records into local ones: `2026-11-22T05:27:18.497123456Z` to `2026-11-22 05:27:18,497`.
struct LogClock {
    private var second = ""
    private var local = ""

    mutating func local(_ time: String) -> String {
        // Lines come in bursts: most share their second with the line before.
        let second = String(time.prefix(19))
        if second != self.second {
            guard let converted = Self.convert(second) else { return TextStyle.printable(time) }
            self.second = second
            local = converted
        }
        return "\(local),\(Self.milliseconds(time))"
    }

    /// The three digits behind the point, cut like the clock of a station.
    private static func milliseconds(_ time: String) -> String {
        var digits = time.dropFirst(19).first == "." ? String(time.dropFirst(20).prefix(3).prefix { $0.isNumber }) : ""
        while digits.utf8.count < 3 { digits += "0" }
        return digits
    }

    private static func convert(_ second: String) -> String? {
        let parts = second.split { !("0"..."9").contains($0) }.compactMap { Int32($0) }
        guard second.utf8.count == 19, parts.count == 6 else { return nil }
        var utc = tm()
        utc.tm_year = parts[0] - 1900
        utc.tm_mon = parts[1] - 1
        utc.tm_mday = parts[2]
        utc.tm_hour = parts[3]
        utc.tm_min = parts[4]
        utc.tm_sec = parts[5]
        var time = timegm(&utc)
        var here = tm()
        guard localtime_r(&time, &here) != nil else { return nil }
        func two(_ value: Int32) -> String { value < 10 ? "0\(value)" : "\(value)" }
        return "\(here.tm_year + 1900)-\(two(here.tm_mon + 1))-\(two(here.tm_mday)) "
            + "\(two(here.tm_hour)):\(two(here.tm_min)):\(two(here.tm_sec))"
    }
}
