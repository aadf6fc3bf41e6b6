public import FloydModel
public import FloydOS
public import FloydTree
import Glibc

/// The data directory: contents by hash, trees of them, and uploads on their way to become trees.
///
/// ```
/// hash                   how contents are hashed, see StoreHash
/// contents/9f/86d0…      a content, 0444; with .x at its end an executable one, 0555
/// trees/<digest>         the manifest of a tree, canonical, all hashes in it
/// materialised/<digest>/ the tree as a folder of hard links to contents
/// uploads/<id>/          an upload, see UploadFolder
/// blocks/<hash>-<n>      the list of a content's blocks, n bytes each on average; made when asked for
/// ```
/// All calls block and belong on a `BlockingPool`. A crash at any point leaves drafts, which the next start removes, and
/// contents that no tree names; never a tree or a content that is not whole.
public struct BlobStore: Sendable {
    public let folder: String
    /// How its contents are hashed, and no others.
    public let hashAlgorithm: HashAlgorithm
    let layout: StoreLayout

    /// Opens the store in `folder`, makes what isn't there and removes what a crash left. One process alone may do this.
    public init(folder: String) throws(FloydError) {
        self.folder = folder
        let layout = StoreLayout(root: folder)
        self.layout = layout
        try storing { () throws(SystemError) in try Folder.create(folder, withParents: true) }
        hashAlgorithm = try StoreHash.settle(layout)
        try storing { () throws(SystemError) in
            for path in [layout.contents, layout.trees, layout.materialised, layout.uploads, layout.blocks] {
                try Folder.create(path, withParents: true)
            }
            for byte in UInt8.min...UInt8.max { try Folder.create("\(layout.contents)/\(Hex.string([byte]))") }
            for parent in [layout.trees, layout.materialised, layout.uploads, layout.blocks] {
                for name in try Folder.names(in: parent) where name.hasPrefix(StoreLayout.draftMark) {
                    try Self.removeDraft("\(parent)/\(name)")
                }
            }
        }
    }

    /// Opens the store in `folder` beside the one process that `init(folder:)` is for: nothing is made, and nothing removed.
    ///
    /// - Throws: `FloydError` with `notFound` where there is no store.
    public init(attaching folder: String) throws(FloydError) {
        let layout = StoreLayout(root: folder)
        guard try storing({ () throws(SystemError) in try FileStatus.of(layout.uploads)?.kind == .folder }),
            let algorithm = try StoreHash.read(layout)
        else {
            throw FloydError(
                .notFound,
                "there is no data store in \(folder)",
                hint: "Start the daemon first: `floydlited serve` makes it."
            )
        }
        self.folder = folder
        self.layout = layout
        hashAlgorithm = algorithm
    }

    /// Removes a draft, unless it is that of an intake at which some process works.
    ///
    /// - Parameter isWanted: asked before each file; the rest stays a draft when it isn't any more.
    static func removeDraft(_ path: String, while isWanted: () -> Bool = { true }) throws(SystemError) {
        guard path.split(separator: "/").last?.dropFirst().hasPrefix(IntakePaths.mark) ?? false,
            try FileStatus.of(path)?.kind == .folder
        else { return try Folder.removeTree(path, while: isWanted) }
        let lock = try FileLock.tryAcquire(IntakePaths(folder: path).lock)
        defer { withExtendedLifetime(lock) {} }
        if lock != nil { try Folder.removeTree(path, while: isWanted) }
    }

    /// What keeps the collector out.
    public var gate: StoreGate { StoreGate(path: layout.gate) }

    /// Gives a whole, read-only, durable file the name of its content. One that is there already stays. Once it has been done, it may be done again.
    ///
    /// - Parameter isVerified: whether the file is known to be that content; then it takes the place of one that the disk or somebody with a link to it has
    ///   changed since.
    func place(_ file: String, as id: ContentID, isVerified: Bool = false) throws(FloydError) {
        try storing { () throws(SystemError) in
            let path = layout.content(id)
            do throws(SystemError) {
                if try !Folder.rename(file, toNew: path), isVerified, try !FileBytes.areEqual(file, path) {
                    try Folder.rename(file, to: path)
                }
            } catch {
                guard error.code == ENOENT, try FileStatus.of(path) != nil else { throw error }
            }
        }
        Failpoint.contentPlaced.reach()
    }

    /// The folder in which `materialise` makes its folders.
    public var materialisedFolder: String { layout.materialised }

    /// Whether the content lies in the store. Says nothing about who may know that.
    public func hasContent(_ id: ContentID) throws(FloydError) -> Bool {
        try storing { () throws(SystemError) in try FileStatus.of(layout.content(id))?.kind == .file }
    }

    /// Whether a tree of this digest is stored.
    public func hasTree(_ digest: [UInt8]) throws(FloydError) -> Bool {
        try storing { () throws(SystemError) in try FileStatus.of(layout.tree(digest)) != nil }
    }

    /// The content, opened for reading.
    ///
    /// - Throws: `FloydError` with `notFound`.
    public func openContent(_ id: ContentID) throws(FloydError) -> FileDescriptor {
        do throws(SystemError) {
            return try FileDescriptor.open(layout.content(id), O_RDONLY | O_NOFOLLOW)
        } catch {
            if error.code == ENOENT {
                throw FloydError(.notFound, "the content \(Hex.string(id.hash)) is not stored")
            }
            throw FloydError(storage: error)
        }
    }

    /// Calls `body` for each entry of the tree, in order, holding one at a time.
    ///
    /// - Throws: `FloydError` with `notFound` where there is no such tree, or what `body` throws.
    public func forEachEntry(
        of digest: [UInt8],
        _ body: (ManifestEntry) throws(FloydError) -> Void
    ) throws(FloydError) {
        guard try hasTree(digest) else { throw FloydError(.notFound, "the tree \(Hex.string(digest)) is not stored") }
        try ManifestFile.forEachEntry(at: layout.tree(digest)) { entry, _ throws(FloydError) in try body(entry) }
    }

    /// Calls `body` with the contents of the tree and their bytes, `size` at a time; one that the tree has several times comes as often. Empty
    /// files have no content.
    public func forEachContents(
        of digest: [UInt8],
        size: Int = 1_000,
        _ body: ([(id: ContentID, bytes: Int64)]) throws(FloydError) -> Void
    ) throws(FloydError) {
        var contents: [(id: ContentID, bytes: Int64)] = []
        try forEachEntry(of: digest) { entry throws(FloydError) in
            guard let id = ContentID(of: entry) else { return }
            contents.append((id, entry.size))
            if contents.count == size {
                try body(contents)
                contents.removeAll(keepingCapacity: true)
            }
        }
        if !contents.isEmpty { try body(contents) }
    }
}

extension ContentID {
    /// The content of a file that has one: not an empty one, nor one whose hash isn't known.
    init?(of entry: ManifestEntry) {
        guard entry.kind == .file, entry.size > 0, let hash = entry.hash else { return nil }
        self.init(hash: hash.bytes, executable: entry.executable)
    }
}
