import FloydModel
import FloydTree

/// An entry of a tree, as `data listfiles` shows it.
struct ListedFile: Encodable {
    var path: String
    /// `file`, `dir` or `link`.
    var type: String
    /// Bytes of a file, 0 of anything else.
    var size: Int64
    var executable: Bool?
    /// The file's hash, under the name of its algorithm.
    var blake3: String?
    var sha256: String?
    var target: String?

    init(path: String, type: String, size: Int64) {
        (self.path, self.type, self.size) = (path, type, size)
    }

    init(_ entry: ManifestEntry) {
        self.init(path: entry.path, type: entry.kind.rawValue, size: entry.size)
        if entry.kind == .file { executable = entry.executable }
        let digits = entry.hash.map { Hex.string($0.bytes) }
        switch entry.hash?.algorithm {
        case .blake3: blake3 = digits
        case .sha256: sha256 = digits
        case nil: break
        }
        target = entry.target
    }

    /// The size, and the path as it is: folders end in a slash.
    var text: String {
        let shown = TextStyle.printable(path)
        let size = type == "file" ? TextStyle.bytes(size) : ""
        let padding = String(repeating: " ", count: max(0, 8 - size.utf8.count))
        return switch type {
        case "dir": "\(padding)\(size)  \(shown)/"
        case "link": "\(padding)\(size)  \(shown)" + (target.map { " -> \(TextStyle.printable($0))" } ?? "@")
        default: "\(padding)\(size)  \(shown)"
        }
    }
}

/// A list that is shown while it is read: it may be as long as a tree is. As JSON it is one document: `{"name": …, "files": […]}`.
struct FileListing {
    private let format: OutputFormat
    private let console: Console
    private var isFirst = true

    init(name: String, format: OutputFormat, console: Console) {
        self.format = format
        self.console = console
        if format == .json { console.write("{\"name\":\(JSONText.string(name)),\"files\":[".utf8) }
    }

    mutating func add(_ file: ListedFile) throws(FloydError) {
        switch format {
        case .table:
            console.write(line: file.text)
        case .json:
            console.write((isFirst ? "\n" : ",\n").utf8)
            console.write(try OutputRenderer.encode(file, pretty: false).dropLast())
        }
        isFirst = false
    }

    func end() {
        if format == .json { console.write("\n]}\n".utf8) }
    }
}

/// Pieces of JSON that are put together by hand.
enum JSONText {
    /// `text` as a JSON string.
    static func string(_ text: String) -> String {
        (try? OutputRenderer.encode(text, pretty: false)).map { String(decoding: $0.dropLast(), as: UTF8.self) }
            ?? "\"\""
    }
}
