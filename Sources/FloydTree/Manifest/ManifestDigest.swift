/// The digest that names a tree: SHA-256 over the canonical lines of all its entries, hashes included, in order.
///
/// It is known only where every file's hash is: one entry without, and there is none.
public struct ManifestDigest: ~Copyable, Sendable {
    private var hasher = FileHasher(.sha256)
    private var isWhole = true

    public init() {}

    /// - Parameter line: the entry's canonical line, which whoever writes a manifest has.
    public mutating func add(_ entry: ManifestEntry, line: [UInt8]) {
        if entry.kind == .file, entry.hash == nil { isWhole = false }
        if isWhole { hasher.update(line) }
    }

    /// - Parameter line: the canonical line of an entry that has all hashes.
    public mutating func add(line: UnsafeRawBufferPointer) {
        if isWhole { hasher.update(line) }
    }

    /// The 32 bytes; nil where a file had no hash.
    public mutating func finalize() -> [UInt8]? {
        isWhole ? hasher.finalize() : nil
    }
}
