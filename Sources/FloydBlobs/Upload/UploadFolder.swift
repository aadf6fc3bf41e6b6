public import FloydModel
import FloydOS
import FloydTree
import Glibc

/// One upload on disk: a manifest, what of it is to be sent, and what has arrived.
///
/// An upload is a draft until `planMissing` gives it its name. Received bytes lie in `staged/`, a file for each content, until `commit` moves them among
/// the contents. See `UploadReceiver` for what a crash leaves of them.
public struct UploadFolder: Sendable {
    public let id: ObjectID
    public internal(set) var totals: UploadTotals
    let store: BlobStore
    private(set) var paths: UploadPaths

    init(store: BlobStore, id: ObjectID, paths: UploadPaths, totals: UploadTotals) {
        self.store = store
        self.id = id
        self.paths = paths
        self.paths.hasRecipes = totals.hasRecipes ?? false
        self.totals = totals
    }

    /// Finds what is to be sent, writes it down and gives the upload its name. From here on it survives the end of the process.
    ///
    /// A content isn't sent where it is on disk and `isReachable` says so; the same content twice is sent once; empty files never. A file
    /// without a hash is always sent.
    /// - Parameters:
    ///   - isBaseThere: is asked of an upload that is told from another tree whether this user still has that: its contents aren't sent.
    ///   - isReachable: is asked for up to 1,000 contents at a time whether this user may read them anyway, through a dataset or code
    ///     of theirs or a public one: anybody else's contents must count as absent, or the answer would tell what others have.
    /// - Throws: what the closures throw, or `FloydError`, `baseMismatch` where the base is gone; the draft is left, to be abandoned.
    public mutating func planMissing(
        isBaseThere: (_ digest: [UInt8]) throws -> Bool = { _ in false },
        isReachable: ([ContentID]) throws -> [Bool]
    ) throws {
        // What is counted on from here on is found by the collector once the upload has its name.
        let passage = try store.gate.pass()
        defer { withExtendedLifetime(passage) {} }
        if let base = totals.base.flatMap({ Hex.bytes(Array($0.utf8)) }), try !isBaseThere(base) {
            throw FloydError(
                .baseMismatch,
                "the tree \(Hex.string(base)) was deleted",
                hint: "Send the whole manifest."
            )
        }
        var plan = MissingPlan(store: store, paths: paths, count: totals.withBytes)
        try plan.findMissing(isReachable: isReachable)
        (totals.missing, totals.length) = try plan.write()
        try storing { () throws(SystemError) in
            let boot = try FileDescriptor.open(paths.boot, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW)
            try boot.write(all: Array(try BootID.current().utf8))
        }
        try UploadValue.write(totals, to: paths.totals)
        Failpoint.uploadPlanned.reach()
        let named = UploadPaths(folder: store.layout.upload(id))
        try storing { () throws(SystemError) in try Folder.rename(paths.folder, to: named.folder) }
        Failpoint.uploadNamed.reach()
        paths = named
    }

    /// Removes an upload that is still a draft.
    public func abandon() throws(FloydError) {
        try storing { () throws(SystemError) in try Folder.removeTree(paths.folder) }
    }

    /// The path of the text that tells the client what to send: a manifest line number (from 0) per line, in stream order.
    public var missingPath: String { paths.missing }

    /// The path of the recipes that were taken, as they came; nil where there are none.
    public var recipePath: String? { paths.hasRecipes ? UploadPaths.recipeText(in: paths.recipes) : nil }

    /// How far the upload is.
    ///
    /// The offset is that up to which everything is on the disk; bytes that arrived and aren't yet are synced first, unless a receiver is at
    /// work: then it is the offset of its last checkpoint.
    public func status() throws(FloydError) -> UploadStatus {
        if try committed() != nil { return UploadStatus(state: .committed, offset: totals.length) }
        try checkFailure()
        let lock = try tryLock()
        defer { withExtendedLifetime(lock) {} }
        let offset: Int64
        if lock != nil {
            let sync = try storing { () throws(SystemError) in try FileSystemSync(of: store.layout.root) }
            offset = try UploadProgress(folder: self).checkpointed(sync).offset
        } else {
            offset = try UploadValue.read(UploadCheckpoint.self, from: paths.checkpoint)?.offset ?? 0
        }
        let state: UploadStatus.State = offset == totals.length ? .complete : .receiving
        return UploadStatus(state: state, offset: offset, isBusy: lock == nil)
    }

    /// Opens the upload for the bytes from `offset` on.
    ///
    /// - Throws: `FloydError`: `offsetMismatch` where the upload stands elsewhere (nothing changes), `locked` while another receiver or a commit is
    ///   at work, `contentMismatch` where an earlier receiver found wrong bytes, `conflict` after the commit, `gone` where a power failure
    ///   took the upload.
    ///
    /// - Parameter admit: is asked before a file is begun that gets all of its space at once, and throws where there is no room for so many bytes.
    public func receive(
        at offset: Int64,
        admit: @escaping @Sendable (_ bytes: Int64) throws(FloydError) -> Void = { _ in }
    ) throws(FloydError) -> UploadReceiver {
        let lock = try lock()
        guard try committed() == nil else { throw FloydError(.conflict, "the upload is committed already") }
        return try UploadReceiver(folder: self, lock: lock, offset: offset, admit: admit)
    }

    /// Opens the upload for recipes of files that are much like contents which are there already. They come before the first byte.
    ///
    /// - Throws: `FloydError`: `conflict` where bytes or recipes came before, else as `receive`.
    public func receiveRecipes() throws(FloydError) -> RecipeReceiver {
        try RecipeReceiver(folder: self, lock: try lock())
    }

    /// nil while somebody else has it.
    ///
    /// - Throws: `FloydError` with `notFound` where the upload has been removed, as it is by whoever commits it.
    private func tryLock() throws(FloydError) -> FileLock? {
        do throws(SystemError) {
            let lock = try FileLock.tryAcquire(paths.lock)
            // Whoever had it may have removed the folder with the file that is locked now.
            if try FileStatus.of(paths.lock) != nil { return lock }
        } catch {
            guard error.code == ENOENT else { throw FloydError(storage: error) }
        }
        throw FloydError(.notFound, "there is no upload \(id)")
    }

    func lock() throws(FloydError) -> FileLock {
        guard let lock = try tryLock() else { throw Self.isBusy }
        try checkFailure()
        return lock
    }

    static let isBusy = FloydError(
        .locked,
        "another request writes to this upload",
        hint: "Wait for it to end, then ask again."
    )

    /// Notes that the upload can't be finished, and why.
    func fail(_ error: FloydError) -> FloydError {
        // Where even this can't be written, commit finds the same fault again.
        try? UploadValue.write(error.message, to: paths.failure)
        return error
    }

    private func checkFailure() throws(FloydError) {
        guard let message = try UploadValue.readIfWhole(String.self, from: paths.failure) else { return }
        throw FloydError(.contentMismatch, message, hint: Self.failureHint)
    }

    static let failureHint = "Remove this upload and begin a new one."

    /// The tree that the upload became, or nil.
    public func committed() throws(FloydError) -> CommittedTree? {
        try UploadValue.readIfWhole(CommittedTree.self, from: paths.committed)
    }
}

/// How far an upload is.
public struct UploadStatus: Sendable, Hashable {
    public enum State: Sendable, Hashable {
        /// Bytes are missing.
        case receiving
        /// All bytes are there.
        case complete
        case committed
    }

    public let state: State
    /// Bytes of the stream that are received and on the disk.
    public let offset: Int64
    /// Whether something writes to it now, so that there may be more in a moment.
    public var isBusy = false
}
