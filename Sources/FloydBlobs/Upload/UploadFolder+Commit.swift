public import FloydModel
import FloydOS
import FloydTree
import Glibc

extension UploadFolder {
    /// Opens the list of the hashes that the manifest lacked, which `commit` will compare with what arrived.
    public func receiveHashes() throws(FloydError) -> HashListReceiver {
        try HashListReceiver(path: paths.promised, expected: totals.unhashed)
    }

    /// Makes the tree: contents in their places, the manifest with all hashes. When it returns all of it is on the disk, and the caller records the tree in
    /// the database; `BlobStore.materialise` makes its folder of links. Calling it again, also after a crash, gives the same answer.
    ///
    /// The order is what makes it safe: received files were synced by the last checkpoint, so each can take its name among the contents at once; the
    /// manifest is a draft until one more sync of the file system, and gets its name after it.
    ///
    /// - Throws: `FloydError`: `conflict` where bytes are missing, `contentMismatch`, which names the path, where a hash that came with the commit isn't that of what
    ///   arrived (the upload must be begun again), `invalidRequest` where hashes are missing, `locked`.
    public func commit() throws(FloydError) -> CommittedTree {
        try heldCommit().tree
    }

    /// As `commit`. Nothing else happens to the upload as long as the answer is held, so that nobody removes it before the tree is recorded.
    public func heldCommit() throws(FloydError) -> HeldCommit {
        try completeLastFile()
        let lock = try lock()
        if let tree = try committed() { return HeldCommit(lock: lock, tree: tree) }
        return HeldCommit(lock: lock, tree: try build())
    }

    /// Only for the holder of the lock.
    private func build() throws(FloydError) -> CommittedTree {
        let sync = try storing { () throws(SystemError) in try FileSystemSync(of: store.folder) }
        let offset = try UploadProgress(folder: self).checkpointed(sync).offset
        guard offset == totals.length else {
            throw FloydError(
                .conflict,
                "\(totals.length - offset) of the upload's \(totals.length) bytes are missing",
                hint: "Send the rest, from byte \(offset)."
            )
        }
        let draft = TreeDraft(store: store, id: id)
        do {
            let digest = try draft.build(from: self)
            try draft.publish(digest, sync)
            let tree = CommittedTree(
                digest: digest,
                entries: totals.entries,
                files: totals.files,
                bytes: totals.bytes
            )
            try UploadValue.write(tree, to: paths.committed)
            Failpoint.commitMarked.reach()
            return tree
        } catch {
            draft.remove()
            throw error
        }
    }

    /// Calls `body` with the contents of the tree that the upload became and their bytes, `size` at a time; one that the tree has several times comes
    /// as often. Empty files have no content.
    public func forEachContents(
        of tree: CommittedTree,
        size: Int = 1_000,
        _ body: ([(id: ContentID, bytes: Int64)]) throws(FloydError) -> Void
    ) throws(FloydError) {
        // An upload that an older release began has no index any more.
        let isIndexed = try storing { () throws(SystemError) in try FileStatus.of(paths.index) } != nil
        guard totals.digest != nil, totals.base == nil, isIndexed else {
            return try store.forEachContents(of: tree.digest, size: size, body)
        }
        try Self.forEachContents(at: paths.index, size: size, body)
    }

    /// The same for what the tree has, file by file, that the one it was told from hasn't (`isNew`), or the other way round. Only of an upload that
    /// was told from another tree.
    public func forEachChange(
        isNew: Bool,
        size: Int = 1_000,
        _ body: ([(id: ContentID, bytes: Int64)]) throws(FloydError) -> Void
    ) throws(FloydError) {
        try Self.forEachContents(at: isNew ? paths.index : paths.dropped, size: size, body)
    }

    private static func forEachContents(
        at path: String,
        size: Int,
        _ body: ([(id: ContentID, bytes: Int64)]) throws(FloydError) -> Void
    ) throws(FloydError) {
        var reader = try storing { () throws(SystemError) in try FixedReader(path: path, size: FileRecord.size) }
        var contents: [(id: ContentID, bytes: Int64)] = []
        while let record = try storing({ () throws(SystemError) in try reader.read(FileRecord.init) }) {
            guard let id = record.content else { continue }
            contents.append((id, record.length))
            if contents.count == size {
                try body(contents)
                contents.removeAll(keepingCapacity: true)
            }
        }
        if !contents.isEmpty { try body(contents) }
    }

    /// All bytes may be there and the last file not finished: where the process ended, or the disk failed, between its last byte and the
    /// note of its hash. Nobody sends anything more then, so a receiver of nothing does it.
    private func completeLastFile() throws(FloydError) {
        guard let progress = try progressBeforeCommit() else { return }
        guard progress.offset == totals.length, progress.files < totals.missing else { return }
        try receive(at: progress.offset).finish()
    }

    /// nil after the commit.
    private func progressBeforeCommit() throws(FloydError) -> UploadCheckpoint? {
        let lock = try lock()
        defer { withExtendedLifetime(lock) {} }
        return try committed() == nil ? UploadProgress(folder: self).current() : nil
    }
}

/// The tree that an upload became, while nobody removes the upload.
public final class HeldCommit: Sendable {
    private let lock: FileLock
    public let tree: CommittedTree

    init(lock: consuming FileLock, tree: CommittedTree) {
        self.lock = lock
        self.tree = tree
    }
}

/// The manifest of a tree before it has its name.
private struct TreeDraft {
    let store: BlobStore
    let id: ObjectID

    private var path: String { StoreLayout.draft(id, in: store.layout.trees) }

    /// Puts what was received among the contents, and says the tree's digest.
    func build(from upload: UploadFolder) throws(FloydError) -> [UInt8] {
        remove()
        guard let digest = upload.totals.digest.flatMap({ Hex.bytes(Array($0.utf8)) }) else {
            return try complete(upload)
        }
        // Nothing is to be added to the manifest that came, and what came with the contents was compared with it on the way.
        try storing { () throws(SystemError) in try Folder.link(upload.paths.manifest, to: path) }
        var plan = try storing { () throws(SystemError) in
            try FixedReader(path: upload.paths.plan, size: FileRecord.size)
        }
        var placement = ContentPlacement(in: store)
        var number = 0
        while let record = try storing({ () throws(SystemError) in try plan.read(FileRecord.init) }) {
            guard let content = record.content else {
                throw FloydError(.internalError, "file \(number) of the upload \(id) has no hash")
            }
            try placement.add(upload.paths.stagedFile(number), as: content)
            number += 1
        }
        try placement.finish()
        return digest
    }

    private func complete(_ upload: UploadFolder) throws(FloydError) -> [UInt8] {
        var writer = try CommitWriter(upload: upload, manifest: path)
        try ManifestFile.forEachEntry(at: upload.paths.manifest) { entry, line throws(FloydError) in
            try writer.add(entry, line: line)
        }
        return try writer.finish()
    }

    func publish(_ digest: [UInt8], _ sync: borrowing FileSystemSync) throws(FloydError) {
        try storing { () throws(SystemError) in
            try sync.run()
            Failpoint.treeSynced.reach()
            try Folder.rename(path, to: store.layout.tree(digest))
            try Folder.synchronize(store.layout.trees)
        }
        Failpoint.treeNamed.reach()
    }

    /// What can't be removed now is at the next start.
    func remove() {
        try? Folder.removeTree(path)
    }
}
