public import FloydModel
import FloydOS
import FloydTree
import Glibc
import Synchronization

/// Takes the bytes of an upload's stream: cuts them into files by the sizes of the manifest, hashes each while it is written, and compares the hash at
/// its end.
///
/// Call `finish` at the end, also of a connection that broke: it makes what arrived durable and says the offset, which is what may be told to a client as
/// `Upload-Offset`. Where the process is killed before, the bytes written so far are still there; the next receiver reads the one unfinished
/// file again for its hash and goes on. A crash of the machine takes the upload back to the last `finish`.
public final class UploadReceiver: Sendable {
    private struct State: ~Copyable {
        let sync: FileSystemSync
        let admit: @Sendable (Int64) throws(FloydError) -> Void
        var plan: FixedReader
        let hashes: FileDescriptor
        /// Number of the file that is being received, its record (nil after the last), and what of it is there.
        var number: Int
        var record: FileRecord?
        var received: Int64
        var file: StagedFileWriter?
        /// What it is put together by, where it has a recipe and was begun.
        var assembly: Assembly?
        /// After an error it is unknown what of it has been hashed.
        var isBroken = false
        /// The last to go: until then the file may be written to.
        let lock: FileLock
    }

    private let folder: UploadFolder
    /// One caller at a time; nil after `finish`.
    private let state: Mutex<State?>

    init(
        folder: UploadFolder,
        lock: consuming FileLock,
        offset: Int64,
        admit: @escaping @Sendable (Int64) throws(FloydError) -> Void
    ) throws(FloydError) {
        let progress = try UploadProgress(folder: folder).current()
        guard offset == progress.offset else {
            throw FloydError(.offsetMismatch, "the upload stands at byte \(progress.offset), not at \(offset)")
        }
        self.folder = folder
        var state = try Self.opened(folder, lock, at: progress, admit)
        if progress.partial > 0 { try Self.reopen(folder, &state) }
        // What needs no bytes may still have to be copied where the process ended.
        try Self.take(UnsafeRawBufferPointer(start: nil, count: 0), folder, &state)
        self.state = Mutex(state)
    }

    private static func opened(
        _ folder: UploadFolder,
        _ lock: consuming FileLock,
        at progress: UploadCheckpoint,
        _ admit: @escaping @Sendable (Int64) throws(FloydError) -> Void
    ) throws(FloydError) -> State {
        let paths = folder.paths
        do throws(SystemError) {
            var plan = try FixedReader(path: paths.plan, size: FileRecord.size, first: progress.files)
            let record = try plan.read(FileRecord.init)
            return State(
                sync: try FileSystemSync(of: folder.store.layout.root),
                admit: admit,
                plan: plan,
                hashes: try FileDescriptor.open(paths.hashes, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW),
                number: progress.files,
                record: record,
                received: progress.partial,
                file: nil,
                lock: lock
            )
        } catch {
            throw FloydError(storage: error)
        }
    }

    /// Goes on with a file that was begun before.
    private static func reopen(_ folder: UploadFolder, _ state: inout State) throws(FloydError) {
        guard let record = state.record else { return }
        try open(record, folder, &state)
        // The process may have ended between a file's last byte and the note of its hash.
        if state.received == record.length { try complete(record, folder, &state) }
    }

    /// Opens the staged file, and its recipe where it has one, to go on from where it stands.
    private static func open(_ record: FileRecord, _ folder: UploadFolder, _ state: inout State) throws(FloydError) {
        guard state.file == nil else { return }
        let paths = folder.paths
        if state.received == 0, record.length >= StagedFileWriter.preallocatedSize { try state.admit(record.length) }
        do throws(SystemError) {
            if state.received == 0 { try makeFolder(of: state.number, folder) }
            if record.hasRecipe {
                state.assembly = try Assembly(state.number, in: paths.recipes, at: state.received)
            }
            state.file = try StagedFileWriter(
                paths.stagedFile(state.number),
                size: record.length,
                length: state.received,
                // Nobody asks for an archive's hash: it isn't worth reading all of it again.
                hash: folder.totals.isArchive == true ? nil : folder.store.hashAlgorithm,
                sharing: state.assembly?.sharedBlockSize(in: paths.staged)
            )
        } catch {
            throw FloydError(storage: error)
        }
    }

    /// Takes the next bytes.
    ///
    /// - Throws: `FloydError`: `tooLarge` where there are more than the stream has (none of them is taken), `contentMismatch`, which names the path, where a file's
    ///   bytes haven't the hash that the manifest says (the upload can only be begun again), `outOfSpace`. After an error only `finish` is left.
    public func append(_ bytes: UnsafeRawBufferPointer) throws(FloydError) {
        try state.withLock { state throws(FloydError) in
            guard var open = state.take() else { throw FloydError(.conflict, "the receiver is finished") }
            let result: Result<Void, FloydError> = Result { () throws(FloydError) in
                try Self.take(bytes, folder, &open)
            }
            if case .failure = result { open.isBroken = true }
            state = consume open
            try result.get()
        }
    }

    /// The same for the first `count` bytes of a room, which is not one that this has lent.
    public func append(_ count: Int, of room: UploadRoom) throws(FloydError) {
        try append(UnsafeRawBufferPointer(rebasing: room.memory[..<count]))
    }

    /// The same for an array.
    public func append(_ bytes: [UInt8]) throws(FloydError) {
        try bytes.withUnsafeBufferPointer { buffer throws(FloydError) in
            try append(UnsafeRawBufferPointer(buffer))
        }
    }

    /// Whether `room` is to be used for the next bytes.
    public var hasRoom: Bool {
        state.withLock { state in
            guard let open = state.take() else { return false }
            let length = Self.length(ofRoomIn: open)
            state = consume open
            return length != nil
        }
    }

    /// Memory into which the next bytes of a large file may be read, to be hashed and written from there; nil where `append` is for them.
    ///
    /// One at a time, to be given back by `filled` before anything else is done. May wait for the disk.
    public func room() throws(FloydError) -> UploadRoom? {
        try state.withLock { state throws(FloydError) in
            guard var open = state.take() else { throw FloydError(.conflict, "the receiver is finished") }
            let result: Result<UploadRoom?, FloydError> = Result { () throws(FloydError) in
                guard let record = open.record, let length = Self.length(ofRoomIn: open) else { return nil }
                try Self.open(record, folder, &open)
                return open.file?.lend(upTo: length)
            }
            if case .failure = result { open.isBroken = true }
            state = consume open
            return try result.get()
        }
    }

    /// How much of a file may come by `room`. What is put together by a recipe, or is small, comes by `append`.
    private static func length(ofRoomIn state: borrowing State) -> Int64? {
        guard !state.isBroken, let record = state.record, !record.hasRecipe else { return nil }
        let rest = record.length - state.received
        return record.length >= UploadRoom.leastFile && rest >= UploadRoom.leastLength ? rest : nil
    }

    /// Takes the first `count` bytes that the room has now.
    ///
    /// - Throws: as `append` does.
    public func filled(_ count: Int) throws(FloydError) {
        try state.withLock { state throws(FloydError) in
            guard var open = state.take() else { throw FloydError(.conflict, "the receiver is finished") }
            let result: Result<Void, FloydError> = Result { () throws(FloydError) in
                do throws(SystemError) {
                    try open.file?.filled(count)
                } catch {
                    throw FloydError(storage: error)
                }
                open.received += Int64(count)
                if let record = open.record, open.received == record.length { try Self.complete(record, folder, &open) }
                // Files that need no bytes may follow.
                try Self.take(UnsafeRawBufferPointer(start: nil, count: 0), folder, &open)
            }
            if case .failure = result { open.isBroken = true }
            state = consume open
            try result.get()
        }
    }

    private static func take(
        _ bytes: UnsafeRawBufferPointer,
        _ folder: UploadFolder,
        _ state: inout State
    ) throws(FloydError) {
        guard !state.isBroken else { throw FloydError(.conflict, "the receiver had an error before") }
        var offset = folder.totals.length
        if let record = state.record { offset = record.start + sent(of: record, &state) }
        guard Int64(bytes.count) <= folder.totals.length - offset else {
            throw FloydError(.tooLarge, "more bytes came than the \(folder.totals.length) of the upload")
        }
        var rest = bytes
        while true {
            try takeWholeFiles(&rest, folder, &state)
            guard let record = state.record else { break }
            if record.hasRecipe { try copy(record, folder, &state) }
            if state.received < record.length {
                guard !rest.isEmpty else { break }
                let wanted = state.assembly?.wanted ?? record.length - state.received
                let piece = rest.prefix(Int(min(Int64(rest.count), wanted)))
                rest = UnsafeRawBufferPointer(rebasing: rest[piece.count...])
                try write(UnsafeRawBufferPointer(rebasing: piece), of: record, folder, &state)
            }
            if state.received == record.length { try complete(record, folder, &state) }
        }
    }

    /// Takes the next files as far as `rest` has all bytes of them, and they are small.
    private static func takeWholeFiles(
        _ rest: inout UnsafeRawBufferPointer,
        _ folder: UploadFolder,
        _ state: inout State
    ) throws(FloydError) {
        var batch = StagedBatch(folder.store.hashAlgorithm)
        do throws(SystemError) {
            while let record = state.record, state.received == 0, StagedBatch.takes(record, of: rest.count) {
                let number = state.number + batch.records.count
                try makeFolder(of: number, folder)
                let bytes = rest.prefix(Int(record.length))
                batch.add(record, at: folder.paths.stagedFile(number), UnsafeRawBufferPointer(rebasing: bytes))
                rest = UnsafeRawBufferPointer(rebasing: rest[bytes.endIndex...])
                state.record = try state.plan.read(FileRecord.init)
            }
        } catch {
            throw FloydError(storage: error)
        }
        guard !batch.records.isEmpty else { return }
        let outcome = batch.write()
        try note(outcome.hashes, of: batch.records, folder, &state)
        if let error = outcome.error { throw FloydError(storage: error) }
    }

    private static func makeFolder(of number: Int, _ folder: UploadFolder) throws(SystemError) {
        guard number.isMultiple(of: UploadPaths.filesPerFolder) else { return }
        try Folder.create(folder.paths.stagedFolder(number))
    }

    /// Bytes of the stream that came for the file.
    private static func sent(of record: FileRecord, _ state: inout State) -> Int64 {
        guard record.hasRecipe else { return state.received }
        return state.assembly?.sent ?? 0
    }

    /// Does what the file's recipe says up to where bytes of the stream are wanted.
    private static func copy(_ record: FileRecord, _ folder: UploadFolder, _ state: inout State) throws(FloydError) {
        try open(record, folder, &state)
        do throws(SystemError) {
            while let part = state.assembly?.nextCopy {
                guard var file = state.file.take() else { return }
                let result: Result<Void, SystemError> = Result { () throws(SystemError) in
                    try state.assembly?.copy(part, to: &file)
                }
                state.file = consume file
                try result.get()
                state.received += part.length
            }
        } catch {
            throw FloydError(storage: error)
        }
    }

    private static func write(
        _ bytes: UnsafeRawBufferPointer,
        of record: FileRecord,
        _ folder: UploadFolder,
        _ state: inout State
    ) throws(FloydError) {
        try open(record, folder, &state)
        do throws(SystemError) {
            try state.file?.append(bytes)
        } catch {
            throw FloydError(storage: error)
        }
        state.received += Int64(bytes.count)
        state.assembly?.received(Int64(bytes.count))
    }

    /// Puts a whole file in its place among the staged ones and goes on to the next.
    private static func complete(
        _ record: FileRecord,
        _ folder: UploadFolder,
        _ state: inout State
    ) throws(FloydError) {
        var hash: [UInt8] = []
        do throws(SystemError) {
            hash = try state.file.take()?.finish(executable: record.executable) ?? []
            state.assembly = nil
        } catch {
            throw FloydError(storage: error)
        }
        try note([hash], of: [record], folder, &state)
        do throws(SystemError) {
            state.record = try state.plan.read(FileRecord.init)
        } catch {
            throw FloydError(storage: error)
        }
        state.received = 0
    }

    /// Notes what whole files hashed to: from here on they count as received. A crash in the middle of it leaves whole hashes, since pages and blocks hold
    /// a whole number of them.
    ///
    /// - Throws: `FloydError` with `contentMismatch` at the first that is another than the manifest says; those before it are noted.
    private static func note(
        _ hashes: [[UInt8]],
        of records: [FileRecord],
        _ folder: UploadFolder,
        _ state: inout State
    ) throws(FloydError) {
        let pairs = zip(records, hashes)
        let wrong = pairs.first { record, hash in record.content.map { $0.hash != hash } ?? false }
        let good = pairs.prefix { record, hash in record.content.map { $0.hash == hash } ?? true }
        do throws(SystemError) {
            try state.hashes.write(all: good.flatMap(\.1))
        } catch {
            throw FloydError(storage: error)
        }
        state.number += good.count
        guard let wrong else { return }
        let entry = try ManifestFile.entry(at: wrong.0.lineStart, in: folder.paths.manifest)
        throw folder.fail(
            FloydError(
                .contentMismatch,
                "what was received of \(TreePath.quoted(entry.path)) has not the hash that the manifest says",
                hint: UploadFolder.failureHint
            )
        )
    }

    /// Makes what was received durable, lets the upload go and says its offset. A second call says it again.
    ///
    /// - Throws: `FloydError` where the disk fails.
    @discardableResult
    public func finish() throws(FloydError) -> Int64 {
        try state.withLock { state throws(FloydError) in
            guard var open = state.take() else { return try folder.status().offset }
            // What failed before is known to who appended.
            let wasBroken = open.isBroken
            let drained: Result<Void, SystemError> = Result { () throws(SystemError) in try open.file?.drain() }
            let offset = try UploadProgress(folder: folder).checkpointed(open.sync).offset
            _ = consume open
            if case .failure(let error) = drained, !wasBroken { throw FloydError(storage: error) }
            return offset
        }
    }
}
