public import FloydModel
import FloydOS
import FloydTree
import Glibc
import Synchronization

/// The tree that another one is told from, and what that one is to be.
public struct TreeBase: Sendable, Hashable {
    public var digest: [UInt8]
    public var files: Int
    public var bytes: Int64
    /// The digest of the tree that is told.
    public var result: [UInt8]

    public init(digest: [UInt8], files: Int, bytes: Int64, result: [UInt8]) {
        self.digest = digest
        self.files = files
        self.bytes = bytes
        self.result = result
    }
}

/// Takes what is different in the manifest of a new upload from a tree's that is here, and writes the whole manifest down.
///
/// Holds what `ManifestReceiver` does, and leaves what that leaves. The manifest that comes out is the one that the client named by its digest, or the
/// upload doesn't begin. It may be no longer than one that comes whole.
public final class ChangesReceiver: UploadBeginning {
    private struct State: ~Copyable {
        var merge: ManifestMerge
        var output: Output
    }

    private struct Output: ~Copyable {
        var draft: UploadDraft
        var dropped: BufferedWriter
        let room: Room
        /// Bytes that are admitted.
        var admitted: Int64

        init(_ paths: UploadPaths, from base: TreeBase, in room: Room, _ algorithm: HashAlgorithm) throws(FloydError) {
            var draft = try UploadDraft(paths, algorithm)
            draft.begin(from: base)
            let dropped = try storing { () throws(SystemError) in try BufferedWriter(path: paths.dropped) }
            self.draft = draft
            self.dropped = dropped
            self.room = room
            admitted = room.step
        }

        mutating func take(_ step: ManifestMerge.Step) throws(FloydError) {
            try write(step)
            let (manifest, index) = draft.lengths
            guard manifest <= room.most else {
                throw FloydError(.tooLarge, "the whole manifest has more than \(room.most) bytes")
            }
            guard manifest + index + dropped.length >= admitted else { return }
            try room.admit(room.step)
            admitted += room.step
        }

        private mutating func write(_ step: ManifestMerge.Step) throws(FloydError) {
            switch step {
            case .keep(let line): try draft.keep(line)
            case .add(let entry, let line): try draft.add(entry, line: line)
            case .drop(let entry):
                guard entry.kind == .file else { return }
                try draft.count(entry, -1)
                guard entry.size > 0 else { return }
                let record = FileRecord(entry, lineStart: 0, line: 0)
                try storing { () throws(SystemError) in try dropped.append { record.append(to: &$0) } }
            }
        }
    }

    /// How much may be written.
    struct Room: Sendable {
        /// Bytes of the manifest that comes out.
        var most = ManifestReader.Limits.bytes
        /// Bytes between two questions for room.
        var step: Int64 = 4 << 20
        /// Whether there is room for as many bytes.
        let admit: @Sendable (_ bytes: Int64) throws(FloydError) -> Void
    }

    private let store: BlobStore
    private let id: ObjectID
    private let paths: UploadPaths
    private let base: TreeBase
    /// One caller at a time; nothing waits while it is held but the file calls of that caller.
    private let state: Mutex<State>

    convenience init(
        store: BlobStore,
        id: ObjectID,
        from base: TreeBase,
        limits: ManifestReader.Limits,
        admit: @escaping @Sendable (_ bytes: Int64) throws(FloydError) -> Void
    ) throws(FloydError) {
        try self.init(store: store, id: id, from: base, limits: limits, in: Room(admit: admit))
    }

    init(
        store: BlobStore,
        id: ObjectID,
        from base: TreeBase,
        limits: ManifestReader.Limits,
        in room: Room
    ) throws(FloydError) {
        self.store = store
        self.id = id
        self.base = base
        let paths = UploadPaths(folder: StoreLayout.draft(id, in: store.layout.uploads))
        self.paths = paths
        let merge = try ManifestMerge(Self.manifest(of: base, in: store), limits: limits)
        state = Mutex(State(merge: merge, output: try Output(paths, from: base, in: room, store.hashAlgorithm)))
    }

    /// The base's. It may have been collected a moment ago.
    private static func manifest(of base: TreeBase, in store: BlobStore) throws(FloydError) -> StoredManifest {
        do throws(FloydError) {
            return try store.storedManifest(base.digest)
        } catch {
            guard error.code == .notFound else { throw error }
            throw FloydError(.baseMismatch, error.message, hint: "Send the whole manifest.")
        }
    }

    /// - Throws: besides, `FloydError` with `baseMismatch` where the changes don't go with the tree, `tooLarge` where too much comes out, or what
    ///   `admit` throws.
    public func append(_ bytes: UnsafeRawBufferPointer) throws(FloydError) {
        try state.withLock { state throws(FloydError) in
            try state.merge.feed(bytes) { step throws(FloydError) in try state.output.take(step) }
        }
    }

    /// - Throws: as `append` does; besides, `FloydError` with `baseMismatch` where another manifest comes out than the one that was named.
    public func finish() throws(FloydError) -> UploadFolder {
        let totals = try state.withLock { state throws(FloydError) in
            try state.merge.finish { step throws(FloydError) in try state.output.take(step) }
            try state.output.draft.finish()
            try storing { () throws(SystemError) in try state.output.dropped.finish() }
            return state.output.draft.totals
        }
        guard totals.digest == Hex.string(base.result) else {
            throw FloydError(
                .baseMismatch,
                "the changes make another tree of \(Hex.string(base.digest)) than the one they are to make"
            )
        }
        return UploadFolder(store: store, id: id, paths: paths, totals: totals)
    }

    public func abandon() throws(FloydError) {
        try storing { () throws(SystemError) in try Folder.removeTree(paths.folder) }
    }
}
