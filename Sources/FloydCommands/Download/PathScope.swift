import FloydModel
import FloydTree

/// A path in a tree and what lies below it.
struct PathScope: Hashable {
    let path: String

    /// - Throws: `FloydError` with `invalidPath` for what can't be a path in a tree. Slashes at its end, and `./` before it, mean nothing.
    init(parsing text: String) throws(FloydError) {
        var rest = text[...]
        while rest.hasPrefix("./") { rest.removeFirst(2) }
        while rest.utf8.count > 1, rest.hasSuffix("/") { rest.removeLast() }
        path = String(rest)
        try TreePath.check(path)
    }

    func contains(_ other: String) -> Bool {
        guard other.utf8.starts(with: path.utf8) else { return false }
        return other.utf8.count == path.utf8.count
            || other.utf8.dropFirst(path.utf8.count).first == UInt8(ascii: "/")
    }
}

extension PathScope? {
    /// Without a scope, everything.
    func includes(_ path: String) -> Bool {
        self?.contains(path) ?? true
    }
}
