internal import FloydRun

/// A limit that ended a job, or made it fail.
struct LimitHit: Hashable {
    /// nil: one that records have no name for.
    var limit: ExitRecord.Limit?
    /// For people.
    var reason: String
}

extension LimitHit {
    /// A process by the name that it has and bytes of memory.
    struct LargestProcess: Hashable {
        var name: String
        var memory: Int64
    }

    /// - Parameter used: bytes that all processes had together.
    static func memory(used: Int64, limit: Int64, largest: LargestProcess?) -> LimitHit {
        LimitHit(limit: .memory, reason: "out of memory: \(Amount.of(used, outOf: limit))\(suffix(largest))")
    }

    /// The kernel killed a process although the job had not reached a limit of its own.
    static func machineMemory(used: Int64, largest: LargestProcess?) -> LimitHit {
        let text = "out of memory: the machine had none left when the job used \(Amount.text(used))"
        return LimitHit(limit: .memory, reason: text + suffix(largest))
    }

    private static func suffix(_ largest: LargestProcess?) -> String {
        guard let largest, largest.memory > 0 else { return "" }
        return ", largest process \(largest.name) \(Amount.text(largest.memory))"
    }

    static func processes(limit: Int) -> LimitHit {
        LimitHit(limit: .processes, reason: "too many processes: its limit of \(limit) was reached")
    }

    /// - Parameter name: the process.
    static func openFiles(limit: Int, of name: String) -> LimitHit {
        LimitHit(reason: "too many open files: \(name) reached its limit of \(limit)")
    }

    /// - Parameter places: the folders, as the job knows them.
    static func disk(used: Int64, limit: Int64, places: [String]) -> LimitHit {
        let text = "disk is full: \(Amount.of(used, outOf: limit)) in \(list(places))"
        return LimitHit(limit: .disk, reason: text)
    }

    /// The kernel let a single file grow no further (RLIMIT_FSIZE).
    static func file(limit: Int64) -> LimitHit {
        LimitHit(limit: .disk, reason: "disk is full: a file reached the limit of \(Amount.text(limit))")
    }

    private static func list(_ places: [String]) -> String {
        guard let last = places.last, places.count > 1 else { return places.first ?? "" }
        return "\(places.dropLast().joined(separator: ", ")) and \(last)"
    }
}

/// Bytes for people: `7.9 GiB`, `512 MiB`.
enum Amount {
    private static let units: [(name: String, size: Int64)] = [
        ("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("bytes", 1),
    ]

    static func text(_ bytes: Int64) -> String {
        let unit = unit(of: bytes)
        return "\(number(bytes, unit.size)) \(unit.name)"
    }

    /// `8.1 of 8 GiB`: both in the limit's unit.
    static func of(_ used: Int64, outOf limit: Int64) -> String {
        let unit = unit(of: limit)
        return "\(number(used, unit.size)) of \(number(limit, unit.size)) \(unit.name)"
    }

    private static func unit(of bytes: Int64) -> (name: String, size: Int64) {
        units.first { bytes >= $0.size } ?? ("bytes", 1)
    }

    /// With one digit behind the point, unless that is 0.
    private static func number(_ bytes: Int64, _ size: Int64) -> String {
        let tenths = Int64((Double(bytes) / Double(size) * 10).rounded())
        return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)"
    }
}
