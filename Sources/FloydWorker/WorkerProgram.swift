internal import FloydOS
internal import FloydRun
internal import Glibc

/// How the worker's own process ends (sysexits.h where it has a name for it).
public enum WorkerExit: Int32, Sendable {
    /// The attempt was supervised to its end, and its exit record is on the disk.
    case done = 0
    /// The arguments make no sense.
    case usage = 64
    /// The run directory isn't there.
    case noRunDirectory = 66
    /// A disk that failed or stayed full kept the exit record from being written.
    case ioError = 74
    /// Another worker has the attempt.
    case held = 75
    /// The attempt was fenced: it is not to be started any more.
    case fenced = 76
    /// A worker before this one had the attempt.
    case ranBefore = 77
}

/// The program `floydlite-worker`.
///
/// - `floydlite-worker RUN_DIRECTORY` supervises the attempt there.
/// - `floydlite-worker --probe BUBBLEWRAP [UID GID]` says whether sandboxes can be made.
/// - `floydlite-worker --init DESCRIPTOR…` is what it starts itself as, inside the sandbox.
public enum WorkerProgram {
    /// Runs the program and returns its exit status.
    ///
    /// - Parameter arguments: without the program's name.
    public static func run(_ arguments: [String]) -> Int32 {
        if arguments.count >= 2, arguments[0] == "--init", let control = Int32(arguments[1]) {
            return StageInit.run(control: control, doors: arguments.dropFirst(2).compactMap { Int32($0) })
        }
        if arguments.first == "--probe", let probe = SandboxProbe(arguments.dropFirst()) { return probe.run() }
        guard arguments.count == 1, let path = arguments.first, path.hasPrefix("/") else {
            let text = "usage: floydlite-worker RUN_DIRECTORY (an absolute path)\n"
            _ = text.withCString { Glibc.write(2, $0, strlen($0)) }
            return WorkerExit.usage.rawValue
        }
        leaveSurroundings()
        return Attempt.supervise(RunDirectory(path)).rawValue
    }

    /// Nothing of whoever started this process reaches the job: no terminal, no descriptor, no folder, no variable.
    private static func leaveSurroundings() {
        setsid()
        umask(0o077)
        chdir("/")
        Failpoint.arm()
        clearenv()
        // A log that may not grow is a failed write, not the worker's end.
        signal(SIGXFSZ, SIG_IGN)
        CurrentProcess.closeDescriptors(from: 3)
        let null = open("/dev/null", O_RDWR)
        for descriptor: Int32 in 0...2 where descriptor != null { dup2(null, descriptor) }
        if null > 2 { close(null) }
    }
}
