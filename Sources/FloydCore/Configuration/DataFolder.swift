public import FloydModel
internal import FloydOS
internal import FloydRun
internal import FloydStore
internal import Glibc

/// Where everything of one server is kept.
///
/// | path | what |
/// |---|---|
/// | `floydlite.db` | the database |
/// | `floydlite.ballast` | room that the database, and the last of logs, get when the disk is full |
/// | `daemon.lock` | held by the daemon that serves |
/// | `blobs/` | contents, trees, uploads |
/// | `runs/JOB/ATTEMPT/` | run directories |
/// | `runs/.removed/` | those of deleted jobs, and what these left, until they are removed |
/// | `environments/HASH/` | built environments |
/// | `layers/HASH/` | packages that jobs have over an environment |
/// | `caches/` | the installer's downloads: `uv` for environments, one for each account |
/// | `empty/` | what a process sees that is to see nothing |
/// | `floydlite.sock` | the daemon's Unix socket, where it listens on one |
public struct DataFolder: Sendable, Hashable {
    public let path: String

    init(_ path: String) {
        self.path = path
    }

    /// - Parameter path: may be relative to the working folder; kept absolute, since workers have another one.
    /// - Throws: `localFile` if the working folder is gone.
    public init(absolute path: String) throws(FloydError) {
        if path.hasPrefix("/") {
            self.path = path
            return
        }
        guard let folder = getcwd(nil, 0) else {
            throw FloydError(
                .localFile,
                "the working folder is gone",
                hint: "Name the data folder by an absolute path."
            )
        }
        defer { free(folder) }
        self.path = "\(String(cString: folder))/\(path)"
    }

    public var database: String { "\(path)/floydlite.db" }
    var lock: String { "\(path)/daemon.lock" }
    var blobs: String { "\(path)/blobs" }
    var runs: String { "\(path)/runs" }
    var removed: String { "\(runs)/.removed" }
    var environments: String { "\(path)/environments" }
    var layers: String { "\(path)/layers" }
    var caches: String { "\(path)/caches" }
    var empty: String { "\(path)/empty" }

    /// The installer's downloads for an account's own packages. The files belong to `identity`, which a changed range of uids changes.
    func cache(of account: ObjectID, as identity: UserIdentity?) -> String {
        "\(caches)/\(account)-\(identity?.uid ?? geteuid())"
    }

    /// The name of this server's folder among control groups: several servers on a machine don't get in each other's way.
    var groupName: String {
        // FNV-1a of the path: the same at every start.
        let hash = path.utf8.reduce(into: UInt32(2_166_136_261)) { $0 = ($0 ^ UInt32($1)) &* 16_777_619 }
        return "floydlite-\(String(hash, radix: 16))"
    }

    /// Whether the worker of the attempt that has the group of that name (`JOB.ATTEMPT`) lives: it has the attempt's lock from before it
    /// makes the group until its end.
    func isAttended(group name: String) -> Bool {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let job = ObjectID(String(parts[0])), let attempt = Int(parts[1]) else { return false }
        let run = RunDirectory(in: runs, jobID: job.string, attempt: attempt)
        do {
            return try FileLock.tryAcquire(run.lock) == nil
        } catch {
            // No run directory, so nobody's.
            return false
        }
    }

    /// The folder of the job's present attempt.
    func run(of job: JobRecord) -> RunDirectory {
        RunDirectory(in: runs, jobID: job.id.string, attempt: job.attempt)
    }

    /// The folders of the job's attempts up to the present one, the latest first.
    func runs(of job: JobRecord) -> [RunDirectory] {
        guard job.attempt > 0 else { return [] }
        return (1...job.attempt).reversed().map { RunDirectory(in: runs, jobID: job.id.string, attempt: $0) }
    }

    /// Makes the folder and those in it, where they aren't there yet, for the service's eyes alone.
    ///
    /// - Throws: `forbidden` if the folder is another user's, or others may write to it: they could put theirs in place of ours.
    ///   `localFile` if it can't be made.
    public func prepare() throws(FloydError) {
        do throws(SystemError) {
            try Folder.create(path, withParents: true)
        } catch {
            throw Self.unusable(error)
        }
        try check()
        do throws(SystemError) {
            for folder in [blobs, runs, removed, environments, layers, caches, empty] { try Folder.create(folder) }
        } catch {
            throw Self.unusable(error)
        }
    }

    private static func unusable(_ error: SystemError) -> FloydError {
        FloydError(.localFile, "the data folder can't be used: \(error)", hint: "Name another with --data-dir.")
    }

    private func check() throws(FloydError) {
        let found: FileStatus?
        do throws(SystemError) {
            found = try FileStatus.of(path, followingLinks: true)
        } catch {
            throw Self.unusable(error)
        }
        guard let status = found else { return }
        guard status.uid == geteuid() else {
            throw FloydError(
                .forbidden,
                "\(path) belongs to the user with uid \(status.uid)",
                hint: "Run this as the user that the server runs as, or name another --data-dir."
            )
        }
        guard status.mode & 0o022 == 0 else {
            throw FloydError(
                .forbidden,
                "others may write to \(path)",
                hint: "Take that from them (chmod go-w \(path)), or name another --data-dir."
            )
        }
    }

    /// Lets jobs' users pass through to what is theirs, or nobody.
    ///
    /// A sandbox mounts a job's folders for it, so nobody else needs a way to them. Without one jobs go there by their paths; then the
    /// folders on the way can be passed, but not listed, and what they hold guards itself: run directories by their job's group,
    /// layers and accounts' downloads by their account's uid, the rest by names that nobody can guess.
    func setPassable(_ isPassable: Bool, _ more: [String]) throws(SystemError) {
        for folder in [blobs, runs, environments, layers, caches] + more {
            try Self.open(folder).changeMode(isPassable ? 0o711 : 0o700)
        }
        // What is above is the administrator's to close again.
        guard isPassable else { return }
        let top = try Self.open(path)
        try top.changeMode(top.status().mode | 0o111)
    }

    private static func open(_ folder: String) throws(SystemError) -> FileDescriptor {
        try FileDescriptor.open(folder, O_RDONLY | O_DIRECTORY)
    }
}
