internal import FloydOS
internal import FloydRun
internal import Glibc

/// The run directory of an attempt as the daemon makes it, and what it takes away again. All calls block.
struct AttemptFolder: Sendable {
    private let run: RunDirectory

    init(_ run: RunDirectory) {
        self.run = run
    }

    /// Makes the folders. A crash in the middle leaves a part, for the next attempt has a directory of its own.
    ///
    /// - Parameters:
    ///   - identity: whom the job runs as; nil: the service's own user.
    ///   - isPassable: whether that user reaches its folders by their paths on this machine, because no sandbox mounts them for it.
    func prepare(for identity: UserIdentity?, isPassable: Bool) throws(SystemError) {
        try Folder.create(run.path, withParents: true)
        for path in [run.home, run.output, run.temporary] { try Folder.create(path, mode: 0o755) }
        guard let identity else { return }
        for path in [run.home, run.output, run.temporary] {
            try Self.open(path).changeOwner(uid: identity.uid, gid: identity.gid)
        }
        guard isPassable else { return }
        // The job's own group alone: the folders in it stand open to whoever comes so far.
        let folder = try Self.open(run.path)
        try folder.changeOwner(uid: geteuid(), gid: identity.gid)
        try folder.changeMode(0o710)
        if let parent = Folder.parent(of: run.path) { try Self.open(parent).changeMode(0o711) }
    }

    /// Removes the code, the output and the temporary files of an attempt whose command never ran; what tells of the attempt stays.
    func clear() throws(SystemError) {
        for path in [run.home, run.output, run.temporary] { try Self.remove(path) }
    }

    /// Removes the temporary files of an attempt that is over.
    func clearTemporary() throws(SystemError) {
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
