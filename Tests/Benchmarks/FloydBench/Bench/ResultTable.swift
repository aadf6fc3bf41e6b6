import FloydLab

/// One line of the result: the product's numbers, and those of a peer that did the same.
struct Row {
    enum Unit {
        case seconds
        case bytes
        case perSecond
        case bytesPerSecond
        /// Of anything: of processors, of followers.
        case number
    }

    var measure: String
    var unit: Unit = .seconds
    var ours: Samples
    var peer: Peer = .none

    enum Peer {
        case none
        case ran(String, Samples)
        case absent(String)

        /// What a peer did, if it was there.
        static func measured(_ name: String, _ samples: Samples) -> Self {
            samples.isEmpty ? .absent("no \(name)") : .ran(name, samples)
        }

        static func taskSpooler(_ samples: Samples) -> Self { measured(TaskSpooler.name, samples) }
    }
}

extension Row.Unit {
    /// Whether more is better.
    fileprivate var isRate: Bool { self == .perSecond || self == .bytesPerSecond }
}

/// Rows as a table for people.
struct ResultTable {
    private static let widths = [46, 6, 12, 12, 30, 12]
    let rows: [Row]

    init(_ rows: [Row]) {
        self.rows = rows
    }

    var text: String {
        let heads = ["measure", "n", "ours median", "p99", "peer", "median", "ours/peer"]
        return ([Columns.line(heads, widths: Self.widths)] + rows.map(line)).joined(separator: "\n") + "\n"
    }

    private func line(_ row: Row) -> String {
        // The p99 of a rate would be its best rounds.
        let p99 = row.unit.isRate || row.ours.count < 2 ? "" : Self.format(row.ours.p99, row.unit)
        var cells = [row.measure, "\(row.ours.count)", Self.format(row.ours.median, row.unit), p99]
        switch row.peer {
        case .none: break
        case .absent(let reason): cells.append("(\(reason))")
        case .ran(let name, let samples):
            cells += [name, Self.format(samples.median, row.unit)]
            if samples.median > 0 { cells.append("×" + Self.significant(row.ours.median / samples.median)) }
        }
        return Columns.line(cells, widths: Self.widths)
    }

    private static func format(_ value: Double, _ unit: Row.Unit) -> String {
        switch unit {
        case .seconds where value < 0.001: significant(value * 1_000_000) + " µs"
        case .seconds where value < 1: significant(value * 1000) + " ms"
        case .seconds: significant(value) + " s"
        case .bytes: significant(value / 1_048_576) + " MiB"
        case .perSecond: significant(value / 1000) + " k/s"
        case .bytesPerSecond: significant(value / 1_000_000_000) + " GB/s"
        case .number: significant(value)
        }
    }

    /// Three digits that count.
    private static func significant(_ value: Double) -> String {
        let decimals = value >= 100 ? 0 : value >= 10 ? 1 : 2
        let scale = decimals == 2 ? 100 : decimals == 1 ? 10 : 1
        let rounded = Int((value * Double(scale)).rounded())
        guard decimals > 0 else { return "\(rounded)" }
        let fraction = "\(rounded % scale)"
        return "\(rounded / scale)." + String(repeating: "0", count: decimals - fraction.count) + fraction
    }
}

/// Text in columns.
enum Columns {
    /// Cells side by side, each at least as wide as its width and the last as wide as it is.
    static func line(_ cells: [String], widths: [Int]) -> String {
        var line = ""
        for (index, cell) in cells.enumerated() {
            line += cell
            guard index < cells.count - 1 else { break }
            line += String(repeating: " ", count: max(2, widths[index] - cell.count))
        }
        return line
    }
}
