internal import FloydBlobs
internal import FloydFrames
internal import FloydModel
internal import FloydOS
internal import FloydStore

/// Makes trees of archives.
struct ArchiveUnpacker: Sendable {
    /// A tree that the database has. The collector leaves it and what belongs to it alone as long as this is held.
    struct Unpacked: Sendable {
        let tree: TreeRecord
        let passage: StoreGate.Passage
    }

    let keeping: TreeKeeping
    let program: UnpackProgram
    let limits: ArchiveLimits
    /// Each takes a thread and some memory of the daemon.
    let slots: Slots

    init(keeping: TreeKeeping, program: UnpackProgram, limits: ArchiveLimits, slots: Slots = Slots(2)) {
        self.keeping = keeping
        self.program = program
        self.limits = limits
        self.slots = slots
    }

    /// Makes a tree of the archive at `path`, for the account of that id, and its folder of links. Where it fails, or its task is cancelled, nothing is left.
    ///
    /// - Throws: `FloydError` with `invalidPath`, `invalidRequest` or `tooLarge` where the archive is to blame; anything else may pass.
    func unpack(_ path: String, size: Int64, for owner: ObjectID) async throws -> Unpacked {
        try await slots.withOne {
            let stop = try StopBell()
            return try await withTaskCancellationHandler {
                let (tree, passage) = try await keeping.pool.run { try build(path, size, stop) }
                return Unpacked(tree: try await keeping.record(tree, for: owner, under: passage), passage: passage)
            } onCancel: {
                stop.ring()
            }
        }
    }

    /// Blocks for as long as the archive takes.
    private func build(_ path: String, _ size: Int64, _ stop: StopBell) throws -> (CommittedTree, StoreGate.Passage) {
        var intake = try TreeIntake(store: keeping.blobs, id: ObjectID())
        let algorithm = keeping.blobs.hashAlgorithm
        var archive = try ArchiveIntake(folder: intake.stagingFolder, algorithm, archiveSize: size, limits: limits) {
            [storage = keeping.storage] bytes throws(FloydError) in try storage.checkDisk(for: bytes)
        }
        try program.read(path, size: size, stop: stop) { frame in try archive.take(frame) }
        try archive.add(to: &intake)
        let passage = try keeping.blobs.gate.pass()
        return (try intake.commit(materialising: true), passage)
    }
}
