public import FloydModel
import FloydOS
public import FloydTree
import Glibc

extension BlobStore {
    /// A file of a tree that a client may have another state of.
    public struct BaseFile: Sendable, Hashable {
        public let path: String
        public let size: Int64
        public let content: ContentID
    }

    /// The file at `path` in the tree; else, since files are moved and folders renamed, one of the same name, of the size nearest to `size`.
    ///
    /// - Returns: nil where there is neither; empty files never are.
    /// - Throws: `FloydError` with `notFound` where there is no such tree.
    public func baseFile(for path: String, size: Int64, in tree: [UInt8]) throws(FloydError) -> BaseFile? {
        let name = Self.lastPart(of: path)
        var exact: BaseFile?
        var nearest: BaseFile?
        try forEachEntry(of: tree) { entry in
            guard exact == nil, let content = ContentID(of: entry) else { return }
            let file = BaseFile(path: entry.path, size: entry.size, content: content)
            if entry.path.utf8.elementsEqual(path.utf8) {
                exact = file
            } else if Self.lastPart(of: entry.path).elementsEqual(name),
                nearest.map({ abs(entry.size - size) < abs($0.size - size) }) ?? true
            {
                nearest = file
            }
        }
        return exact ?? nearest
    }

    private static func lastPart(of path: String) -> Substring.UTF8View {
        let start = path.utf8.lastIndex(of: UInt8(ascii: "/")).map { path.utf8.index(after: $0) }
        return path[(start ?? path.startIndex)...].utf8
    }

    /// The list of a content's blocks as a file (`BlockList`), made if it isn't there.
    ///
    /// It is made of what is stored and can be made again: a crash leaves a draft, or none; whatever it says is never trusted, see `BlockHash`.
    /// - Throws: `FloydError` with `notFound` where the content isn't there.
    public func blockList(of id: ContentID, _ chunker: Chunker) throws(FloydError) -> String {
        let path = layout.blockList(id, average: chunker.average)
        try makeBlockList(of: id, chunker, at: path) { true }
        return path
    }

    private func makeBlockList(
        of id: ContentID,
        _ chunker: Chunker,
        at path: String,
        while isWanted: () -> Bool
    ) throws(FloydError) {
        if try isWhole(path) { return }
        let content = try openContent(id)
        var records: [UInt8] = []
        var count = 0
        try BlockScan(chunker).scan(content.raw, path: layout.content(id), while: isWanted) { block in
            BlockList.append(length: block.count, BlockHash(of: block), to: &records)
            count += 1
        }
        // What was cut short is no list.
        guard isWanted() else { return }
        let list = BlockList.head(average: chunker.average, count: count) + records
        let draft = StoreLayout.draft(ObjectID(), in: layout.blocks)
        try storing { () throws(SystemError) in
            try FileDescriptor.open(draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW).write(all: list)
            try Folder.rename(draft, to: path)
        }
    }

    /// Makes the lists of the tree's big files, as a client will ask for them.
    ///
    /// - Parameter isWanted: asked before each, and again and again within one: once it says false, which must be for good, nothing more is made.
    public func makeBlockLists(of tree: [UInt8], while isWanted: () -> Bool) throws(FloydError) {
        try forEachEntry(of: tree) { entry throws(FloydError) in
            guard entry.size >= BlockList.smallestFile, let content = ContentID(of: entry), isWanted(),
                let chunker = Chunker(average: Chunker.average(forFileOf: entry.size))
            else { return }
            try makeBlockList(
                of: content,
                chunker,
                at: layout.blockList(content, average: chunker.average),
                while: isWanted
            )
        }
    }

    /// Whether all of a list is there: after a crash of the machine it may not be.
    private func isWhole(_ path: String) throws(FloydError) -> Bool {
        try storing { () throws(SystemError) in
            guard let size = try FileStatus.of(path)?.size, size >= BlockList.headSize else { return false }
            let file = try FileDescriptor.open(path, O_RDONLY | O_NOFOLLOW)
            let head = UnsafeMutableRawBufferPointer.allocate(byteCount: BlockList.headSize, alignment: 8)
            defer { head.deallocate() }
            let read = try file.read(into: head)
            let count = BlockList.count(head: UnsafeRawBufferPointer(rebasing: head[..<read]))
            return count.map { Int64(BlockList.headSize + $0 * BlockList.recordSize) } == size
        }
    }
}
