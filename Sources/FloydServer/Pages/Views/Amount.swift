import FloydAPI

/// Amounts in words that people read.
enum Amount {
    /// `12 s`, `3 min 07 s`, `2 h 05 min`, `3 d 4 h`. The pages' script has the same rule.
    static func duration(seconds: Double) -> String {
        let whole = Int(max(0, min(seconds, 1e12)))
        return switch whole {
        case ..<60: "\(whole) s"
        case ..<3600: "\(whole / 60) min \(twoDigits(whole % 60)) s"
        case ..<86400: "\(whole / 3600) h \(twoDigits(whole / 60 % 60)) min"
        default: "\(whole / 86400) d \(whole / 3600 % 24) h"
        }
    }

    /// `999 B`, `1.2 kB`, `340 MB`: powers of a thousand, rounded down.
    static func bytes(_ count: Int64) -> String {
        guard count >= 1000 else { return "\(max(0, count)) B" }
        var tenths = count / 100
        for unit in ["kB", "MB", "GB", "TB"] {
            if tenths < 10_000 {
                return tenths < 1000 && tenths % 10 != 0
                    ? "\(tenths / 10).\(tenths % 10) \(unit)" : "\(tenths / 10) \(unit)"
            }
            tenths /= 1000
        }
        return "\(tenths / 10) PB"
    }

    /// `8.0 GB of memory, 4096 processes`.
    static func limits(_ limits: LimitsResponse) -> String {
        var parts: [String] = []
        if let memory = limits.memory { parts.append("\(bytes(memory)) of memory") }
        if let processes = limits.processes { parts.append(count(processes, "process", "processes")) }
        if let files = limits.openFiles { parts.append(count(files, "open file")) }
        if let disk = limits.disk { parts.append("\(bytes(disk)) on the disk") }
        return parts.joined(separator: ", ")
    }

    /// Who holds a job to its limits, as `LimitsResponse` names it.
    static func enforcement(_ word: String) -> String {
        switch word {
        case "cgroup2": "cgroup v2"
        case "cgroup1": "cgroup v1"
        case "watch": "watched by Floydlite"
        default: word
        }
    }

    /// `1 file`, `3 files`.
    static func count(_ number: Int, _ noun: String, _ plural: String? = nil) -> String {
        number == 1 ? "1 \(noun)" : "\(number) \(plural ?? noun + "s")"
    }

    private static func twoDigits(_ number: Int) -> String {
        number < 10 ? "0\(number)" : "\(number)"
    }
}
