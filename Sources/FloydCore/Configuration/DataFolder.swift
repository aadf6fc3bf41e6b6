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
/// | `daemon.lock` | held by the daemon that serves |
/// | `blobs/` | contents, trees, uploads |
/// | `runs/JOB/ATTEMPT/` | run directories |
/// | `environments/HASH/` | built environments |
/// | `caches/` | the installer's downloads |
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
            throw FloydError(.localFile, "the working folder is gone", hint: "Name the data folder by an absolute path.")
        }
        defer { free(folder) }
        self.path = "\(String(cString: folder))/\(path)"
    }

    public var database: String { "\(path)/floydlite.db" }
    var lock: String { "\(path)/daemon.lock" }
    var blobs: String { "\(path)/blobs" }
    var runs: String { "\(path)/runs" }
    var environments: String { "\(path)/environments" }
    var caches: String { "\(path)/caches" }

    /// The folder of the job's present attempt.
    func run(of job: JobRecord) -> RunDirectory {
        RunDirectory(in: runs, jobID: job.id.string, attempt: job.attempt)
    }

    /// Makes the folder (mode 0700) and those in it, where they aren't there yet.
    public func prepare() throws {
        for folder in [path, blobs, runs, environments, caches] {
            try Folder.create(folder, mode: 0o700, withParents: true)
        }
    }
}
