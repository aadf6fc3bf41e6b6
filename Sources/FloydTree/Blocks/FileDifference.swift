public import FloydModel

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What of a file is not in another content.
public struct FileDifference: Sendable {
    public let hash: ContentHash
    /// What the file was before and after it was read.
    public let stamp: FileStamp
    public let recipe: Recipe

    /// Reads the file once.
    ///
    /// - Throws: `FloydError` with `localFile`, which names the file, where it can't be read or changed meanwhile.
    public init(
        of path: String,
        against index: BlockIndex,
        _ algorithm: HashAlgorithm
    ) throws(FloydError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw LocalFileError.reading(path, errno) }
        defer { close(descriptor) }
        guard let before = FileStamp(descriptor: descriptor) else { throw LocalFileError.notRegular(path) }
        var hasher = FileHasher(algorithm)
        var recipe = Recipe(base: index.base)
        var last: BlockIndex.Place? = .beginning
        // The block that comes next, where it is the one that is expected.
        var next: BlockIndex.Place?
        try BlockScan(index.chunker, window: 1 << 22).scan(
            descriptor,
            path: path,
            onBytes: { hasher.update($0) },
            expected: { bytes in
                guard let found = last.flatMap({ index.following($0, in: bytes) }) else { return nil }
                next = found.place
                return found.length
            },
            onBlock: { block in
                last = next ?? index.find(block, after: last)
                next = nil
                if let last {
                    recipe.append(.copy(offset: last.offset, length: Int64(block.count)))
                } else {
                    recipe.append(.send(length: Int64(block.count)))
                }
            }
        )
        guard let after = FileStamp(descriptor: descriptor), after == before else {
            throw LocalFileError.changed(path)
        }
        hash = hasher.contentHash()
        stamp = before
        self.recipe = recipe
    }
}
