public import FloydModel
public import FloydOS
public import FloydTree
import Glibc

/// A tree made of files that are on this machine.
///
/// Entries come in the order of manifests (`ManifestOrder`), with paths that `TreePath` allows. Everything is a draft until `commit`, in one folder that goes away with
/// this value; a crash leaves the draft, which the next start or collection removes. All calls block, and belong on one thread of a `BlockingPool`.
public struct TreeIntake: ~Copyable, Sendable {
    private let store: BlobStore
    private let paths: IntakePaths
    private let lock: FileLock
    private let sync: FileSystemSync
    private var manifest: ManifestWriter
    private var order = ManifestOrder()
    private var staging: IntakeStaging
    private var entries = 0
    private var files = 0
    private var bytes: Int64 = 0

    /// - Parameter id: names the draft; a new one.
    public init(store: BlobStore, id: ObjectID) throws(FloydError) {
        let paths = IntakePaths(id, in: store.layout)
        do throws(SystemError) {
            let lock = try Self.makeDraft(paths)
            try Folder.create(paths.staged)
            try Folder.create(paths.incoming)
            let sync = try FileSystemSync(of: store.folder)
            manifest = try ManifestWriter(path: paths.manifest)
            self.lock = lock
            self.sync = sync
        } catch {
            try? Folder.removeTree(paths.folder)
            throw FloydError(storage: error)
        }
        self.store = store
        self.paths = paths
        staging = IntakeStaging(paths: paths, store.hashAlgorithm)
    }

    /// Makes the folder and holds it. A collection in another process that sees it before it is held takes it for a left-over; then it is made again.
    private static func makeDraft(_ paths: IntakePaths) throws(SystemError) -> FileLock {
        while true {
            try Folder.create(paths.folder)
            do throws(SystemError) {
                let lock = try FileLock.acquire(paths.lock)
                if try FileStatus.of(paths.lock) != nil { return lock }
            } catch {
                guard error.code == ENOENT else { throw error }
            }
        }
    }

    deinit {
        // Also of what became a tree there are left-overs. What can't be removed now is at the next start.
        try? Folder.removeTree(paths.folder)
    }

    /// A folder for files on their way to `addFile(_:executable:moving:hash:size:)`, on the store's own file system.
    public var stagingFolder: String { paths.incoming }

    /// Bytes of all files added so far.
    public var size: Int64 { bytes }

    /// Files added so far.
    public var fileCount: Int { files }

    /// - Throws: `FloydError` with `invalidPath` or `invalidRequest` for a path that can't be there, or not now.
    public mutating func addFolder(_ path: String) throws(FloydError) {
        try check(path, .dir)
        try append(ManifestEntry(path: path, kind: .dir))
    }

    /// - Throws: `FloydError` with `invalidPath` also where the link leads out of the tree.
    public mutating func addLink(_ path: String, target: String) throws(FloydError) {
        try check(path, .link)
        try TreePath.check(target: target, ofLinkAt: path)
        try append(ManifestEntry(path: path, kind: .link, target: target))
    }

    /// Copies what `source` holds, by sharing its blocks where the file system can (FICLONE), and hashes the copy: whoever writes to the
    /// source meanwhile harms nothing.
    ///
    /// - Parameter maximumSize: of the copy; nil: as much as there is.
    /// - Returns: bytes of the copy.
    /// - Throws: `FloydError`: `conflict`, which names the path, where the source changed meanwhile; `tooLarge` where it is over `maximumSize`.
    @discardableResult
    public mutating func addFile(
        _ path: String,
        executable: Bool,
        copying source: borrowing FileDescriptor,
        maximumSize: Int64? = nil
    ) throws(FloydError) -> Int64 {
        try check(path, .file)
        let staged = try staging.copy(source, path: path, executable: executable, maximumSize: maximumSize)
        try append(path, executable, staged)
        return staged.size
    }

    /// Makes the file that `source` has open part of the store, by a hard link: it becomes read-only, and must never be written from now on, under whatever name.
    ///
    /// - Throws: `FloydError` with `invalidRequest`, which says why, where it can't be linked.
    @discardableResult
    public mutating func addFile(
        _ path: String,
        executable: Bool,
        linking source: borrowing FileDescriptor
    ) throws(FloydError) -> Int64 {
        try check(path, .file)
        let staged = try staging.link(source, path: path, executable: executable)
        try append(path, executable, staged)
        return staged.size
    }

    /// Takes the file `name` of `stagingFolder`, which nobody may have open for writing any more.
    ///
    /// - Parameters:
    ///   - hash: what the caller has hashed it to.
    ///   - size: its bytes.
    /// - Throws: `FloydError` with `internalError` where there is no regular file of that name and size with no other name.
    public mutating func addFile(
        _ path: String,
        executable: Bool,
        moving name: String,
        hash: ContentHash,
        size: Int64
    ) throws(FloydError) {
        try check(path, .file)
        let staged = StagedFile(hash: hash, size: size)
        try staging.move(name, staged, executable: executable)
        try append(path, executable, staged)
    }

    /// Adds one more name of a content that another name before it in this intake has brought.
    public mutating func addFile(
        _ path: String,
        executable: Bool,
        repeating hash: ContentHash,
        size: Int64
    ) throws(FloydError) {
        try check(path, .file)
        let staged = StagedFile(hash: hash, size: size)
        try staging.skip(staged)
        try append(path, executable, staged)
    }

    private mutating func check(_ path: String, _ kind: ManifestEntry.Kind) throws(FloydError) {
        try TreePath.check(path)
        try order.accept(path, kind)
    }

    private mutating func append(_ path: String, _ executable: Bool, _ file: StagedFile) throws(FloydError) {
        Failpoint.intakeStaged.reach()
        files += 1
        bytes += file.size
        let entry = ManifestEntry(
            path: path,
            kind: .file,
            executable: executable,
            size: file.size,
            hash: file.hash
        )
        try append(entry)
    }

    private mutating func append(_ entry: ManifestEntry) throws(FloydError) {
        entries += 1
        try manifest.add(entry)
    }

    /// Makes the tree: durable, and under its name. Call it with the store's gate passed, and pass on until the tree is in the database.
    ///
    /// Files take their names among the contents after one sync of the file system, the manifest and the folder of links after another: a name always stands
    /// for what is on the disk. A crash in between leaves contents that no tree names.
    /// - Parameter materialising: whether to make the folder of links now.
    public consuming func commit(materialising: Bool) throws(FloydError) -> CommittedTree {
        guard let digest = try manifest.finish() else {
            throw FloydError(.internalError, "a file of the tree has no hash")
        }
        do throws(SystemError) {
            try sync.run()
        } catch {
            throw FloydError(storage: error)
        }
        Failpoint.intakeSynced.reach()
        try placeFiles(materialising: materialising)
        try publish(digest, materialising: materialising)
        return CommittedTree(digest: digest, entries: entries, files: files, bytes: bytes)
    }

    private borrowing func placeFiles(materialising: Bool) throws(FloydError) {
        let (store, paths) = (store, paths)
        var materialiser: TreeMaterialiser?
        if materialising {
            try storing { () throws(SystemError) in try Folder.create(paths.tree) }
            materialiser = try TreeMaterialiser(store: store, folder: paths.tree, form: .links)
        }
        var number = 0
        try ManifestFile.forEachEntry(at: paths.manifest) { entry, _ throws(FloydError) in
            if let id = ContentID(of: entry) {
                try store.place(paths.stagedFile(number), as: id)
                number += 1
            }
            try materialiser?.add(entry)
        }
    }

    private borrowing func publish(_ digest: [UInt8], materialising: Bool) throws(FloydError) {
        do throws(SystemError) {
            try sync.run()
            Failpoint.treeSynced.reach()
            try Folder.rename(paths.manifest, to: store.layout.tree(digest))
            try Folder.synchronize(store.layout.trees)
        } catch {
            throw FloydError(storage: error)
        }
        Failpoint.treeNamed.reach()
        if materialising { try store.publishMaterialised(paths.tree, as: digest) }
    }

    /// Drops it all.
    public consuming func abandon() {}
}
