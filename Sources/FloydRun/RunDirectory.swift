/// The folder of one attempt: `…/runs/<job id>/<attempt>/`, mode 0700, the service's.
///
/// Daemon and worker speak through its files alone, so either may die and come back at any moment.
public struct RunDirectory: Sendable, Hashable {
    public let path: String

    public init(_ path: String) {
        self.path = path
    }

    /// The folder of an attempt below `root`, the folder of all runs.
    public init(in root: String, jobID: String, attempt: Int) {
        path = "\(root)/\(jobID)/\(attempt)"
    }

    /// What the worker is to do: written durably by the daemon before it launches the worker, never changed.
    public var spec: String { "\(path)/spec" }
    /// The list of packages that the job has over its environment, if it has any: the daemon's copy, which nobody else writes.
    public var requirements: String { "\(path)/floyd_requirements.txt" }
    /// Locked by the worker for as long as it lives.
    public var lock: String { "\(path)/lock" }
    /// Written durably by the daemon under the lock: no worker may start any more.
    public var fenced: String { "\(path)/fenced" }
    /// Who the worker is: written durably by it before it starts the command.
    public var worker: String { "\(path)/worker.json" }
    /// That the command has started: a hint for people, not durable.
    public var started: String { "\(path)/started.json" }
    /// The wish that the attempt ends (`StopRecord`): put there whole by the executor before it signals the worker, not durable.
    public var stop: String { "\(path)/stop" }
    /// The output, in the CRI log format.
    public var log: String { "\(path)/log" }
    /// Places in the log (`LogIndexEntry`): a hint, not durable, absent where the log is short.
    public var logIndex: String { "\(path)/log.index" }
    /// How it ended: written durably, once, after the log is on the disk.
    public var exit: String { "\(path)/exit.json" }

    /// How it ended, before it may be counted on: written when nothing of the job is left, while the log goes to the disk. A hint.
    public var exitDraft: String { "\(exit).tmp" }

    /// The working directory of the command: the code. Prepared by the daemon, and the job's.
    public var home: String { "\(path)/home" }
    /// The results. Prepared by the daemon, and the job's.
    public var output: String { "\(path)/output" }
    /// The job's `/tmp`. Prepared by the daemon, and the job's.
    public var temporary: String { "\(path)/tmp" }
    /// Without isolation: a folder of links to the inputs, made by the worker.
    public var inputs: String { "\(path)/input" }
}
