/// The patterns of one ignore file.
struct IgnoreList {
    private let patterns: [IgnorePattern]

    init(_ bytes: [UInt8]) {
        var rest = bytes[...]
        // The byte order mark that some editors write.
        if rest.starts(with: [0xEF, 0xBB, 0xBF]) { rest = rest.dropFirst(3) }
        patterns = rest.split(separator: UInt8(ascii: "\n")).compactMap { line in
            IgnorePattern(line: line.last == UInt8(ascii: "\r") ? line.dropLast() : line)
        }
    }

    var isEmpty: Bool { patterns.isEmpty }

    /// What the list says of `path` (relative to the list's folder): the last pattern that matches decides; nil where none does.
    func verdict(on path: ArraySlice<UInt8>, isDirectory: Bool) -> Bool? {
        let name = path[(path.lastIndex(of: Glob.slash).map { $0 + 1 } ?? path.startIndex)...]
        let last = patterns.last { $0.matches(path: path, name: name, isDirectory: isDirectory) }
        return last.map { !$0.isNegated }
    }
}
