import FloydModel
import FloydOS
import FloydTree
import Glibc

/// How much of an upload is on the disk for certain.
struct UploadCheckpoint: Codable, Hashable {
    /// Files received whole.
    var files: Int
    /// Bytes of the next one.
    var partial: Int64
    /// The same in bytes of the stream.
    var offset: Int64

    /// Whether nothing has arrived.
    var isStart: Bool { files == 0 && partial == 0 }
}

/// Finds out and secures how far an upload is. Only for the holder of the upload's lock.
///
/// What has arrived is what the files say: a hash for each whole one, and the length of the one that isn't. That holds as long as the
/// kernel runs, however the process ends. After a power failure or a crash of the kernel, which the boot id tells, files may be shorter or emptier than
/// they were; then only what a checkpoint names counts. A checkpoint is written after everything it names was synced, and no offset is
/// told to a client before its checkpoint.
struct UploadProgress {
    private let totals: UploadTotals
    private let paths: UploadPaths
    init(folder: UploadFolder) {
        totals = folder.totals
        paths = folder.paths
    }

    /// Where the upload stands, after a crash as after anything else. Cuts off what a crash of the machine made doubtful.
    ///
    /// - Throws: `FloydError` with `gone` where such a crash came before the first checkpoint.
    func current() throws(FloydError) -> UploadCheckpoint {
        let boot = try storing { () throws(SystemError) in Array(try BootID.current().utf8) }
        if try storing({ () throws(SystemError) in try DurableFile.read(paths.boot) }) != boot {
            guard let checkpoint = try UploadValue.read(UploadCheckpoint.self, from: paths.checkpoint),
                try storing({ () throws(SystemError) in try cut(to: checkpoint) })
            else {
                throw FloydError(
                    .gone,
                    "the upload was lost when the server's machine went down",
                    hint: "Begin a new one."
                )
            }
            try storing { () throws(SystemError) in try DurableFile.write(boot, to: paths.boot) }
        }
        return try storing { () throws(SystemError) in
            let files = Int((try FileStatus.of(paths.hashes)?.size ?? 0) / Int64(FileHasher.length))
            guard files < totals.missing else {
                return UploadCheckpoint(files: files, partial: 0, offset: totals.length)
            }
            let partial = try FileStatus.of(paths.stagedFile(files))?.size ?? 0
            return UploadCheckpoint(files: files, partial: partial, offset: try offset(files, partial))
        }
    }

    /// Where in the stream the first `partial` bytes of the file number `number` of the plan end.
    private func offset(_ number: Int, _ partial: Int64) throws(SystemError) -> Int64 {
        var reader = try FixedReader(path: paths.plan, size: FileRecord.size, first: number)
        guard let record = try reader.read(FileRecord.init) else { return totals.length }
        guard record.hasRecipe else { return record.start + partial }
        return record.start + (try RecipeFile.read(number, in: paths.recipes).sent(before: partial))
    }

    /// Removes what came after `checkpoint`. False where even what it names isn't there.
    private func cut(to checkpoint: UploadCheckpoint) throws(SystemError) -> Bool {
        let hashes = try FileDescriptor.open(paths.hashes, O_RDWR | O_CREAT | O_NOFOLLOW)
        let length = Int64(checkpoint.files * FileHasher.length)
        guard try hashes.status().size >= length else { return false }
        if checkpoint.partial > 0 {
            let file = try writable(paths.stagedFile(checkpoint.files))
            guard try file.status().size >= checkpoint.partial else { return false }
            // First: a file that was cut must not be taken for whole.
            try hashes.truncate(to: length)
            try file.truncate(to: checkpoint.partial)
        } else {
            try hashes.truncate(to: length)
        }
        let firstDoubtful = checkpoint.files + (checkpoint.partial > 0 ? 1 : 0)
        for folder in try Folder.names(in: paths.staged) {
            for name in try Folder.names(in: "\(paths.staged)/\(folder)") where Int(name) ?? 0 >= firstDoubtful {
                try Folder.removeTree("\(paths.staged)/\(folder)/\(name)")
            }
        }
        return true
    }

    /// A staged file, opened for writing, or made. It may have been whole before, and then not even its owner may write to it.
    private func writable(_ path: String) throws(SystemError) -> FileDescriptor {
        if try FileStatus.of(path) != nil {
            try FileDescriptor.open(path, O_RDONLY | O_NOFOLLOW).changeMode(0o600)
        }
        return try FileDescriptor.open(path, O_RDWR | O_CREAT | O_NOFOLLOW)
    }

    /// Makes where the upload stands durable and says it.
    ///
    /// - Parameter sync: from before the first byte that isn't secured was written.
    func checkpointed(_ sync: borrowing FileSystemSync) throws(FloydError) -> UploadCheckpoint {
        let current = try current()
        if try UploadValue.read(UploadCheckpoint.self, from: paths.checkpoint) == current { return current }
        // Nothing received is nothing to secure; a manifest that gets lost is sent again.
        guard current.offset > 0 else { return current }
        Failpoint.uploadReceived.reach()
        do throws(FloydError) {
            try storing { () throws(SystemError) in try sync.run() }
            Failpoint.uploadSynced.reach()
            try UploadValue.writeDurably(current, to: paths.checkpoint)
        } catch {
            try forgetUnsecured()
            throw error
        }
        Failpoint.uploadCheckpointed.reach()
        return current
    }

    /// Goes back to the last checkpoint. The kernel tells once of bytes that it could not write, and holds them for written then (fsync(2), ERRORS):
    /// the next sync would succeed without them.
    private func forgetUnsecured() throws(FloydError) {
        let last = try UploadValue.read(UploadCheckpoint.self, from: paths.checkpoint)
        let secured = last ?? UploadCheckpoint(files: 0, partial: 0, offset: 0)
        _ = try storing { () throws(SystemError) in try cut(to: secured) }
    }
}
