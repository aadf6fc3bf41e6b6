/// The digest that names a tree: SHA-256 over the canonical lines of all its entries, hashes included, in order.
///
/// It is known only where every file's hash is: one entry without, and there is none.
public struct ManifestDigest: ~Copyable, Sendable {
    private var hasher = FileHasher()
    private var line: [UInt8] = []
    private var isWhole = true

    public init() {}

    public mutating func add(_ entry: ManifestEntry) {
        guard entry.kind != .file || entry.sha256 != nil else {
            isWhole = false
            return
        }
        line.removeAll(keepingCapacity: true)
        ManifestCoding.append(entry, to: &line)
        hasher.update(line)
    }

    /// The 32 bytes; nil where a file had no hash.
    public mutating func finalize() -> [UInt8]? {
        isWhole ? hasher.finalize() : nil
    }
}
