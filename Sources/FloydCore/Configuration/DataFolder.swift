internal import FloydModel
internal import FloydOS

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

    public init(_ path: String) {
        self.path = path
    }

    public var database: String { "\(path)/floydlite.db" }
    var lock: String { "\(path)/daemon.lock" }
    var blobs: String { "\(path)/blobs" }
    var runs: String { "\(path)/runs" }
    var environments: String { "\(path)/environments" }
    var caches: String { "\(path)/caches" }

    /// The folder of all attempts of a job.
    func runs(of job: ObjectID) -> String { "\(runs)/\(job)" }

    /// Makes the folder (mode 0700) and those in it, where they aren't there yet.
    public func prepare() throws {
        for folder in [path, blobs, runs, environments, caches] {
            try Folder.create(folder, mode: 0o700, withParents: true)
        }
    }
}
