import FloydModel
import FloydTree

/// A tree of files of all sizes, none of whose contents was there before.
struct ResumeTree {
    /// The files' bytes, one after the other.
    let bytes: [UInt8]
    let manifest: [UInt8]
    /// What each file is, and where among the bytes.
    let contents: [(hash: ContentHash, range: Range<Int>)]

    init(size: Int, files: Int, _ random: inout SplitMix64) {
        let words = (0..<(size + 7) / 8).map { _ in random.next() }
        bytes = Array(words.withUnsafeBytes { Array($0) }.prefix(size))
        // Some bounds fall together: then a file is empty, which is no content. None is so short that another was like it.
        let bounds = (0..<files - 1).map { _ in Int.random(in: 0...size / 16, using: &random) * 16 }.sorted()
        var manifest: [UInt8] = []
        var contents: [(hash: ContentHash, range: Range<Int>)] = []
        for (number, range) in zip([0] + bounds, bounds + [size]).map({ $0..<$1 }).enumerated() {
            let hash = FileHasher.hash(Array(bytes[range]), .blake3)
            let path = "file-\(1_000 + number)"
            let entry = ManifestEntry(path: path, kind: .file, size: Int64(range.count), hash: hash)
            manifest += ManifestCoding.line(entry)
            if !range.isEmpty { contents.append((hash, range)) }
        }
        self.manifest = manifest
        self.contents = contents
    }
}
