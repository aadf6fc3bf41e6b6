public import FloydModel
import FloydOS
import FloydTree
import Glibc

extension UploadFolder {
    /// Opens the list of the hashes that the manifest lacked, which `commit` will compare with what arrived.
    public func receiveHashes() throws(FloydError) -> HashListReceiver {
        try HashListReceiver(path: paths.promised, expected: totals.unhashed)
    }

    /// Makes the tree: contents in their places, the manifest with all hashes, and the folder of links. When it returns all of it is on the disk, and the
    /// caller records the tree in the database. Calling it again, also after a crash, gives the same answer.
    ///
    /// The order is what makes it safe: received files were synced by the last checkpoint, so each can take its name among the contents at once; the
    /// manifest and the folder are drafts until one more sync of the file system, and get their names after it.
    /// - Parameter materialising: whether to make the folder of links now; `BlobStore.materialise` makes it later else. Code, which is copied for each job, has no
    ///   need of it.
    /// - Throws: `FloydError`: `conflict` where bytes are missing or a content that was there is no longer, `contentMismatch`, which names the path, where a hash that came with
    ///   the commit isn't that of what arrived (the upload must be begun again), `invalidRequest` where hashes are missing, `locked`.
    public func commit(materialising: Bool = true) throws(FloydError) -> CommittedTree {
        try completeLastFile()
        let lock = try lock()
        defer { withExtendedLifetime(lock) {} }
        if let tree = try committed() { return tree }
        let offset = try UploadProgress(folder: self).checkpointed().offset
        guard offset == totals.length else {
            throw FloydError(
                .conflict,
                "\(totals.length - offset) of the upload's \(totals.length) bytes are missing",
                hint: "Send the rest, from byte \(offset)."
            )
        }
        let drafts = TreeDrafts(store: store, id: id, materialising: materialising)
        do {
            let tree = try drafts.build(from: self)
            try drafts.publish(tree.digest)
            try UploadValue.write(tree, to: paths.committed)
            Failpoint.commitMarked.reach()
            return tree
        } catch {
            drafts.remove()
            throw error
        }
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

/// What a commit makes before it has a name.
private struct TreeDrafts {
    let store: BlobStore
    let id: ObjectID
    let materialising: Bool

    private var manifest: String { StoreLayout.draft(id, in: store.layout.trees) }
    private var folder: String { StoreLayout.draft(id, in: store.layout.materialised) }

    func build(from upload: UploadFolder) throws(FloydError) -> CommittedTree {
        remove()
        var writer = try CommitWriter(upload: upload, manifest: manifest, folder: materialising ? folder : nil)
        try ManifestFile.forEachEntry(at: upload.paths.manifest) { entry, line throws(FloydError) in
            try writer.add(entry, line: line)
        }
        return CommittedTree(
            digest: try writer.finish(),
            entries: upload.totals.entries,
            files: upload.totals.files,
            bytes: upload.totals.bytes
        )
    }

    func publish(_ digest: [UInt8]) throws(FloydError) {
        try storing { () throws(SystemError) in
            try Folder.synchronizeFileSystem(store.folder)
            Failpoint.treeSynced.reach()
            try Folder.rename(manifest, to: store.layout.tree(digest))
            try Folder.synchronize(store.layout.trees)
        }
        Failpoint.treeNamed.reach()
        if materialising { try store.publishMaterialised(folder, as: digest) }
    }

    /// What can't be removed now is at the next start.
    func remove() {
        try? Folder.removeTree(manifest)
        try? Folder.removeTree(folder)
    }
}
