public import FloydModel

/// Checks that paths come strictly in byte order and that nothing but folders has entries below it.
///
/// Holds the last path and, of those before it, the lengths of the ones that are its prefixes: in byte order every entry that
/// can still become a parent is a prefix of the last path (`a`, `a-b`, `a/c`), so no more is ever needed.
public struct ManifestOrder: Sendable {
    private var last: [UInt8] = []
    private var prefixes: [(length: Int, kind: ManifestEntry.Kind)] = []

    public init() {}

    /// Takes the next entry of a manifest.
    ///
    /// - Throws: `FloydError` with `invalidRequest` or `invalidPath`, which names the path.
    public mutating func accept(_ path: String, _ kind: ManifestEntry.Kind) throws(FloydError) {
        let next = Array(path.utf8)
        let common = Self.common(last, next)
        if !last.isEmpty {
            if common == next.count, common == last.count {
                throw FloydError(.invalidPath, "\(TreePath.quoted(path)) stands there twice")
            }
            guard common == last.count || (common < next.count && last[common] < next[common]) else {
                throw FloydError(
                    .invalidRequest,
                    "\(TreePath.quoted(path)) is not in order",
                    hint: "The lines of a manifest are sorted by the bytes of their paths."
                )
            }
        }
        while let longest = prefixes.last, longest.length > common { prefixes.removeLast() }
        for prefix in prefixes where prefix.kind != .dir && next[prefix.length] == TreePath.slash {
            let parent = String(decoding: next[..<prefix.length], as: UTF8.self)
            throw FloydError(
                .invalidPath,
                "\(TreePath.quoted(path)) lies below \(TreePath.quoted(parent)), which is a "
                    + (prefix.kind == .file ? "file" : "link")
            )
        }
        last = next
        prefixes.append((next.count, kind))
    }

    /// How many bytes both begin with.
    private static func common(_ first: [UInt8], _ second: [UInt8]) -> Int {
        let end = min(first.count, second.count)
        var count = 0
        while count < end, first[count] == second[count] { count += 1 }
        return count
    }
}
