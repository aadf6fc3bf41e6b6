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
        var path = path
        let result: Result<Void, FloydError> = path.withUTF8 { bytes in
            Result { () throws(FloydError) in try accept(UnsafeRawBufferPointer(bytes), kind) }
        }
        try result.get()
    }

    /// The same for a path's bytes.
    mutating func accept(_ next: UnsafeRawBufferPointer, _ kind: ManifestEntry.Kind) throws(FloydError) {
        let common = last.withUnsafeBytes { Self.common($0, next) }
        if !last.isEmpty {
            if common == next.count, common == last.count {
                throw FloydError(.invalidPath, "\(Self.quoted(next)) stands there twice")
            }
            guard common == last.count || (common < next.count && last[common] < next[common]) else {
                throw FloydError(
                    .invalidRequest,
                    "\(Self.quoted(next)) is not in order",
                    hint: "The lines of a manifest are sorted by the bytes of their paths."
                )
            }
        }
        while let longest = prefixes.last, longest.length > common { prefixes.removeLast() }
        for prefix in prefixes where prefix.kind != .dir && next[prefix.length] == TreePath.slash {
            let parent = UnsafeRawBufferPointer(rebasing: next[..<prefix.length])
            throw FloydError(
                .invalidPath,
                "\(Self.quoted(next)) lies below \(Self.quoted(parent)), which is a "
                    + (prefix.kind == .file ? "file" : "link")
            )
        }
        last.removeSubrange(common...)
        last.append(contentsOf: next[common...])
        prefixes.append((next.count, kind))
    }

    private static func quoted(_ path: UnsafeRawBufferPointer) -> String {
        TreePath.quoted(String(decoding: path, as: UTF8.self))
    }

    /// How many bytes both begin with.
    private static func common(_ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer) -> Int {
        let end = min(first.count, second.count)
        var count = 0
        while count < end, first[count] == second[count] { count += 1 }
        return count
    }
}
