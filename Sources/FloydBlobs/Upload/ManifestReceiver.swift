public import FloydModel
import FloydOS
import FloydTree
import Glibc
import Synchronization

/// Takes the manifest of a new upload as it arrives, checks every line and writes it down.
///
/// Holds one line, whatever the manifest's length. Nothing shows before `finish` and `UploadFolder.planMissing`; what is given up before, by an error or
/// a crash, is a draft that `abandon` or the next start removes.
public final class ManifestReceiver: Sendable {
    private struct State: ~Copyable {
        var reader: ManifestReader
        var manifest: ManifestWriter
        var index: BufferedWriter
        var totals = UploadTotals()

        mutating func accept(_ entry: ManifestEntry, line: Int) throws(FloydError) {
            let start = manifest.length
            try manifest.add(entry)
            totals.entries += 1
            guard entry.kind == .file else { return }
            totals.files += 1
            totals.bytes += entry.size
            if entry.sha256 == nil { totals.unhashed += 1 }
            guard entry.size > 0 else { return }
            totals.withBytes += 1
            let record = FileRecord(
                start: 0,
                length: entry.size,
                lineStart: start,
                line: line,
                content: ContentID(of: entry),
                executable: entry.executable
            )
            try storing { () throws(SystemError) in try index.append { record.append(to: &$0) } }
        }
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
        state = Mutex(
            try storing { () throws(SystemError) in
                try Folder.create(paths.folder)
                try Folder.create(paths.staged)
                return State(
                    reader: ManifestReader(limits: limits),
                    manifest: try ManifestWriter(path: paths.manifest),
                    index: try BufferedWriter(path: paths.index)
                )
            }
        )
    }

    /// Takes the next bytes.
    ///
    /// - Throws: `FloydError` that names the line which is wrong (see `ManifestReader`), or `outOfSpace`. Then only `abandon` is left to do.
    public func append(_ bytes: UnsafeRawBufferPointer) throws(FloydError) {
        try state.withLock { state throws(FloydError) in
            try Self.feed(bytes, to: &state)
        }
    }

    /// The same for an array.
    public func append(_ bytes: [UInt8]) throws(FloydError) {
        try bytes.withUnsafeBufferPointer { buffer throws(FloydError) in
            try append(UnsafeRawBufferPointer(buffer))
        }
    }

    private static func feed(_ bytes: UnsafeRawBufferPointer, to state: inout State) throws(FloydError) {
        var reader = state.reader
        try reader.feed(bytes) { entry, line throws(FloydError) in try state.accept(entry, line: line) }
        state.reader = reader
    }

    /// Says that the manifest is whole. What follows is `planMissing` of the folder that is returned.
    public func finish() throws(FloydError) -> UploadFolder {
        let totals = try state.withLock { state throws(FloydError) in
            var reader = state.reader
            try reader.finish { entry, line throws(FloydError) in try state.accept(entry, line: line) }
            state.totals.digest = try state.manifest.finish().map { Hex.string($0) }
            try storing { () throws(SystemError) in try state.index.finish() }
            return state.totals
        }
        return UploadFolder(store: store, id: id, paths: paths, totals: totals)
    }

    /// Removes the draft.
    public func abandon() throws(FloydError) {
        try storing { () throws(SystemError) in try Folder.removeTree(paths.folder) }
    }
}
