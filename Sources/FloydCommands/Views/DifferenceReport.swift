import FloydModel
import FloydTree

/// What is different between two trees, shown while it is found, and a sum of it.
struct DifferenceReport {
    private struct Line: Encodable {
        var change: String
        var path: String
        var old: ListedFile?
        var new: ListedFile?
    }

    private let from: String
    private let to: String
    private let format: OutputFormat
    private let console: Console
    private var counts = (added: 0, removed: 0, changed: 0, mode: 0)

    init(from: String, to: String, format: OutputFormat, console: Console) {
        (self.from, self.to, self.format, self.console) = (from, to, format, console)
    }

    func begin() {
        guard format == .json else { return }
        console.write("{\"from\":\(JSONText.string(from)),\"to\":\(JSONText.string(to)),\"changes\":[".utf8)
    }

    mutating func add(_ change: ManifestDifference.Change) throws(FloydError) {
        let isFirst = counts == (0, 0, 0, 0)
        let line: Line
        switch change {
        case .added(let new):
            counts.added += 1
            line = Line(change: "added", path: new.path, old: nil, new: ListedFile(new))
        case .removed(let old):
            counts.removed += 1
            line = Line(change: "removed", path: old.path, old: ListedFile(old), new: nil)
        case .changed(let old, let new):
            counts.changed += 1
            line = Line(change: "changed", path: new.path, old: ListedFile(old), new: ListedFile(new))
        case .mode(let old, let new):
            counts.mode += 1
            line = Line(change: "mode", path: new.path, old: ListedFile(old), new: ListedFile(new))
        }
        switch format {
        case .table:
            console.write(line: Self.text(of: change))
        case .json:
            console.write((isFirst ? "\n" : ",\n").utf8)
            console.write(try OutputRenderer.encode(line, pretty: false).dropLast())
        }
    }

    func end() {
        switch format {
        case .table:
            var sums = ["\(counts.added) added", "\(counts.removed) removed", "\(counts.changed) changed"]
            if counts.mode > 0 { sums.append("\(counts.mode) with another mode") }
            let isSame = counts == (0, 0, 0, 0)
            console.note(isSame ? "\(from) and \(to) are the same." : sums.joined(separator: ", "))
        case .json:
            let sums =
                "\"added\":\(counts.added),\"removed\":\(counts.removed),\"changed\":\(counts.changed),\"mode\":\(counts.mode)"
            console.write("\n],\(sums)}\n".utf8)
        }
    }

    static func text(of change: ManifestDifference.Change) -> String {
        switch change {
        case .added(let new): "+ \(text(of: new))"
        case .removed(let old): "- \(text(of: old))"
        case .changed(let old, let new):
            "M \(TextStyle.printable(new.path))  (\(content(of: old)) -> \(content(of: new)))"
        case .mode(_, let new):
            "m \(TextStyle.printable(new.path))  (\(new.executable ? "executable now" : "no longer executable"))"
        }
    }

    private static func text(of entry: ManifestEntry) -> String {
        let path = TextStyle.printable(entry.path)
        return switch entry.kind {
        case .dir: "\(path)/"
        case .file, .link: "\(path)  (\(content(of: entry)))"
        }
    }

    private static func content(of entry: ManifestEntry) -> String {
        switch entry.kind {
        case .file: TextStyle.bytes(entry.size)
        case .dir: "a folder"
        case .link: "a link to \(TextStyle.printable(entry.target ?? ""))"
        }
    }
}
