/// Columns of text, as wide as they need to be.
struct Table {
    private var rows: [[String]]
    private let hasHeader: Bool

    /// A table with a line under its header.
    init(_ header: [String]) {
        rows = [header]
        hasHeader = true
    }

    /// Pairs of a label and a value.
    init() {
        rows = []
        hasHeader = false
    }

    mutating func add(_ row: [String]) {
        rows.append(row)
    }

    /// Adds `label` unless it has no value.
    mutating func add(_ label: String, _ value: String?) {
        guard let value, !value.isEmpty else { return }
        rows.append([label, value])
    }

    var text: String {
        var widths: [Int] = []
        for row in rows {
            for (column, cell) in row.enumerated() {
                if column == widths.count { widths.append(0) }
                widths[column] = max(widths[column], Self.width(of: cell))
            }
        }
        var lines = rows.map { Self.line($0, widths) }
        if hasHeader { lines.insert(Self.line(widths.map { String(repeating: "-", count: $0) }, widths), at: 1) }
        return lines.joined()
    }

    private static func line(_ row: [String], _ widths: [Int]) -> String {
        var line = ""
        for (column, cell) in row.enumerated() {
            line += cell
            let isLast = column == row.count - 1
            if !isLast { line += String(repeating: " ", count: widths[column] - width(of: cell) + 2) }
        }
        while line.last == " " { line.removeLast() }
        return line + "\n"
    }

    /// Characters that show: colours take no room.
    private static func width(of cell: String) -> Int {
        guard cell.utf8.contains(0x1b) else { return cell.count }
        var width = 0
        var isSequence = false
        for character in cell {
            if character == "\u{1b}" {
                isSequence = true
            } else if isSequence {
                if character == "m" { isSequence = false }
            } else {
                width += 1
            }
        }
        return width
    }
}
