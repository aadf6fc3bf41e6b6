import FloydModel
import FloydOS
import FloydTree
import Glibc

/// What unfinished uploads count on, in a memory of one size however many they are: a Bloom filter, whose mistakes only keep something for longer.
struct CountedContents {
    /// 4 MiB: of a million contents one in 10,000 others is taken for one of them.
    private static let words = 1 << 19

    private var bits: [UInt64] = []
    /// Digests of trees that are made and may have no row yet.
    private(set) var trees: Set<[UInt8]> = []

    init() {}

    /// Looks at all uploads that have a name. What can't be read can't be committed either, and counts on nothing.
    ///
    /// - Parameter isWanted: asked before each upload; once it isn't, the rest is left out.
    init(in store: BlobStore, while isWanted: () -> Bool = { true }) throws(FloydError) {
        for id in try store.uploadIDs() {
            guard isWanted() else { return }
            let paths = UploadPaths(folder: store.layout.upload(id))
            if let tree = (try? UploadValue.readIfWhole(CommittedTree.self, from: paths.committed)) ?? nil {
                trees.insert(tree.digest)
            }
            try? ManifestFile.forEachEntry(at: paths.manifest) { entry, _ throws(FloydError) in
                if let id = ContentID(of: entry) { insert(id) }
            }
            try? addReceived(at: paths.hashes)
        }
    }

    /// A commit that a crash cut short has put some of these among the contents already.
    private mutating func addReceived(at path: String) throws(SystemError) {
        var reader = try FixedReader(path: path, size: FileHasher.length)
        while let hash = try reader.read({ Array($0) }) {
            if let id = ContentID(hash: hash, executable: false) { insert(id) }
        }
    }

    /// Whether it is executable makes no difference.
    mutating func insert(_ id: ContentID) {
        if bits.isEmpty { bits = [UInt64](repeating: 0, count: Self.words) }
        for (word, bit) in Self.places(id) { bits[word] |= bit }
    }

    /// Whether it may have been inserted. False is certain.
    func contains(_ id: ContentID) -> Bool {
        !bits.isEmpty && Self.places(id).allSatisfy { bits[$0.0] & $0.1 != 0 }
    }

    /// A hash is as random as can be: each of its four words says one place.
    private static func places(_ id: ContentID) -> [(Int, UInt64)] {
        (0..<4).map { index in
            let word = id.words[index]
            return (Int(truncatingIfNeeded: word >> 6) & (words - 1), 1 << (word & 63))
        }
    }
}
