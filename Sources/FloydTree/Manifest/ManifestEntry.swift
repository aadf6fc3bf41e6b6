/// One line of a manifest: a file, a folder or a symbolic link of a tree.
///
/// Equal means equal byte by byte: two spellings of `é` are two paths, as they are for the file system, though Swift's
/// strings compare as equal.
public struct ManifestEntry: Sendable {
    /// What an entry is; the raw value is what stands in a manifest.
    public enum Kind: String, Sendable, Hashable {
        case file, dir, link
    }

    /// Relative to the tree's top, parts joined by `/`.
    public var path: String
    public var kind: Kind
    /// Of a file: whether its owner may execute it.
    public var executable: Bool
    /// Bytes of a file, 0 of anything else.
    public var size: Int64
    /// Of a file, where known.
    public var hash: ContentHash?
    /// Where a link leads, as it stands in the link.
    public var target: String?

    public init(
        path: String,
        kind: Kind,
        executable: Bool = false,
        size: Int64 = 0,
        hash: ContentHash? = nil,
        target: String? = nil
    ) {
        self.path = path
        self.kind = kind
        self.executable = executable
        self.size = size
        self.hash = hash
        self.target = target
    }
}

extension ManifestEntry: Hashable {
    public static func == (left: Self, right: Self) -> Bool {
        left.kind == right.kind && left.executable == right.executable && left.size == right.size
            && left.hash == right.hash && left.path.utf8.elementsEqual(right.path.utf8)
            && isSame(left.target, right.target)
    }

    private static func isSame(_ left: String?, _ right: String?) -> Bool {
        guard let left, let right else { return left == nil && right == nil }
        return left.utf8.elementsEqual(right.utf8)
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(kind)
        hasher.combine(size)
        for byte in path.utf8 { hasher.combine(byte) }
    }
}
