public import FloydModel

/// What is different between two trees, found in one pass over both manifests side by side.
public struct ManifestDifference: ~Copyable {
    /// One difference. Folders count only where something else stands in their place, or they come or go themselves.
    public enum Change: Sendable, Hashable {
        case added(ManifestEntry)
        case removed(ManifestEntry)
        /// Another content, kind or target, and perhaps another mode.
        case changed(from: ManifestEntry, to: ManifestEntry)
        /// The same content; only whether it is executable differs.
        case mode(from: ManifestEntry, to: ManifestEntry)
    }

    private var left: ManifestCursor
    private var right: ManifestCursor
    private var nextLeft: ManifestEntry?
    private var nextRight: ManifestEntry?

    /// - Throws: what the cursors throw.
    public init(from left: consuming ManifestCursor, to right: consuming ManifestCursor) throws(FloydError) {
        nextLeft = try left.next()
        nextRight = try right.next()
        self.left = left
        self.right = right
    }

    /// The next difference in the order of paths, or nil at the end.
    public mutating func next() throws(FloydError) -> Change? {
        while true {
            switch (nextLeft, nextRight) {
            case (nil, nil):
                return nil
            case (let old?, nil):
                nextLeft = try left.next()
                return .removed(old)
            case (nil, let new?):
                nextRight = try right.next()
                return .added(new)
            case (let old?, let new?):
                if old.path.utf8.lexicographicallyPrecedes(new.path.utf8) {
                    nextLeft = try left.next()
                    return .removed(old)
                }
                if new.path.utf8.lexicographicallyPrecedes(old.path.utf8) {
                    nextRight = try right.next()
                    return .added(new)
                }
                nextLeft = try left.next()
                nextRight = try right.next()
                if let change = Self.change(old, new) { return change }
            }
        }
    }

    /// What became of an entry whose path stayed.
    private static func change(_ old: ManifestEntry, _ new: ManifestEntry) -> Change? {
        if old == new { return nil }
        var same = old
        same.executable = new.executable
        return same == new ? .mode(from: old, to: new) : .changed(from: old, to: new)
    }
}
