internal import FloydOS
internal import FloydRun
internal import Glibc

/// The run directory of an attempt as the daemon makes it, and what it takes away again. All calls block.
struct AttemptFolder: Sendable {
    private let run: RunDirectory

    init(_ run: RunDirectory) {
        self.run = run
    }

    /// Makes the folders but the one of the code, which comes with that. A crash in the middle leaves a part, for the next attempt has a
    /// directory of its own.
    ///
    /// - Parameters:
    ///   - identity: whom the job runs as; nil: the service's own user.
    ///   - isPassable: whether that user reaches its folders by their paths on this machine, because no sandbox mounts them for it.
    func prepare(for identity: UserIdentity?, isPassable: Bool) throws(SystemError) {
        try Folder.create(run.path, withParents: true)
        for path in [run.output, run.temporary] { try Folder.create(path, mode: 0o755) }
        guard let identity else { return }
        for path in [run.output, run.temporary] {
            try Self.open(path).changeOwner(uid: identity.uid, gid: identity.gid)
        }
        guard isPassable else { return }
        // The job's own group alone: the folders in it stand open to whoever comes so far.
        let folder = try Self.open(run.path)
        try folder.changeOwner(uid: geteuid(), gid: identity.gid)
        try folder.changeMode(0o710)
        if let parent = Folder.parent(of: run.path) { try Self.open(parent).changeMode(0o711) }
    }

    /// Takes the results of an earlier attempt over: the job goes on from them.
    ///
    /// The rename is whole or not at all, so a crash leaves them with the one attempt or the other, where the next one finds them.
    ///
    /// - Parameter earlier: the run directories of the earlier attempts, the latest first.
    func takeOutput(of earlier: [RunDirectory]) throws(SystemError) {
        try Folder.create(run.path, withParents: true)
        guard let latest = try Self.output(among: earlier) else { return }
        try Folder.rename(latest, to: run.output)
    }

    /// The folder of results of the first of these attempts that has one.
    static func output(among runs: [RunDirectory]) throws(SystemError) -> String? {
        for run in runs {
            for path in [run.output, "\(aside(run))/output"] where try FileStatus.of(path)?.kind == .folder {
                return path
            }
        }
        return nil
    }

    /// Where a run directory that makes no sense is kept.
    static func aside(_ run: RunDirectory) -> String { "\(run.path).unreadable" }

    /// Removes the code and the temporary files of an attempt whose command never ran; what tells of the attempt stays, and so does
    /// what an earlier one left in the output.
    func clear() throws(SystemError) {
        for path in [run.home, run.temporary] { try Self.remove(path) }
        guard rmdir(run.output) != 0, ![ENOENT, ENOTEMPTY, EEXIST, ENOTDIR].contains(errno) else { return }
        throw SystemError("rmdir", path: run.output)
    }

    /// Removes the temporary files of an attempt that is over.
    func clearTemporary() throws(SystemError) {
        // Most jobs leave nothing there.
        if rmdir(run.temporary) == 0 { return }
        try Self.remove(run.temporary)
    }

    private static func remove(_ path: String) throws(SystemError) {
        do throws(SystemError) {
            try Folder.removeTree(path)
        } catch {
            // The whole directory may be absent, or aside.
            if error.code != ENOENT { throw error }
        }
    }

    private static func open(_ path: String) throws(SystemError) -> FileDescriptor {
        try FileDescriptor.open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
    }
}
