public import FloydModel
import FloydOS
import FloydTree
import Synchronization

/// Takes what an upload begins with.
public protocol UploadBeginning: Sendable {
    /// Takes the next bytes.
    ///
    /// - Throws: `FloydError` that names the line which is wrong, or `outOfSpace`. Then only `abandon` is left to do.
    func append(_ bytes: UnsafeRawBufferPointer) throws(FloydError)
    /// Says that there are no more. What follows is `planMissing` of the folder that is returned.
    func finish() throws(FloydError) -> UploadFolder
    /// Removes the draft.
    func abandon() throws(FloydError)
}

extension UploadBeginning {
    /// The same for an array.
    public func append(_ bytes: [UInt8]) throws(FloydError) {
        try bytes.withUnsafeBufferPointer { buffer throws(FloydError) in
            try append(UnsafeRawBufferPointer(buffer))
        }
    }
}

/// Takes the manifest of a new upload as it arrives, checks every line and writes it down.
///
/// Holds one line, whatever the manifest's length. Nothing shows before `finish` and `UploadFolder.planMissing`; what is given up before, by an error or
/// a crash, is a draft that `abandon` or the next start removes.
public final class ManifestReceiver: UploadBeginning {
    private struct State: ~Copyable {
        var reader: ManifestReader
        var draft: UploadDraft
    }

    private let store: BlobStore
    private let id: ObjectID
    private let paths: UploadPaths
    /// One caller at a time; nothing waits while it is held but the file calls of that caller.
    private let state: Mutex<State>

    init(store: BlobStore, id: ObjectID, limits: ManifestReader.Limits) throws(FloydError) {
        self.store = store
        self.id = id
        let paths = UploadPaths(folder: StoreLayout.draft(id, in: store.layout.uploads))
        self.paths = paths
        let draft = try UploadDraft(paths, store.hashAlgorithm)
        state = Mutex(State(reader: ManifestReader(limits: limits), draft: draft))
    }

    public func append(_ bytes: UnsafeRawBufferPointer) throws(FloydError) {
        try state.withLock { state throws(FloydError) in
            var reader = state.reader
            try reader.feed(bytes) { entry, line throws(FloydError) in try state.draft.add(entry, line: line) }
            state.reader = reader
        }
    }

    public func finish() throws(FloydError) -> UploadFolder {
        let totals = try state.withLock { state throws(FloydError) in
            var reader = state.reader
            try reader.finish { entry, line throws(FloydError) in try state.draft.add(entry, line: line) }
            try state.draft.finish()
            return state.draft.totals
        }
        return UploadFolder(store: store, id: id, paths: paths, totals: totals)
    }

    public func abandon() throws(FloydError) {
        try storing { () throws(SystemError) in try Folder.removeTree(paths.folder) }
    }
}
