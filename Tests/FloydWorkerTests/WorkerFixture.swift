import FloydOS
import FloydRun
import Glibc
import Testing

extension Tag {
    /// Takes over a second.
    @Tag static var slow: Self
}

/// How a test's worker runs.
enum Setup: String, CaseIterable, CustomTestStringConvertible {
    /// In a sandbox made by root, as another user inside.
    case sandboxByRoot
    /// In a sandbox made by an ordinary user, as that user.
    case sandboxByUser
    /// Without a sandbox, but as another user if the tests run as root.
    case none

    var testDescription: String { rawValue }

    /// The setups that the user who runs the tests can try. Root can be an ordinary user too.
    static let possible = allCases.filter { $0 != .sandboxByRoot || geteuid() == 0 }
    static let sandboxed = possible.filter { $0 != .none }
}

/// A run directory with a worker, both gone at the end of the test.
final class WorkerFixture {
    /// The built program, beside the tests' own.
    static let program: String = {
        var path = [CChar](repeating: 0, count: Int(PATH_MAX))
        let length = readlink("/proc/self/exe", &path, path.count - 1)
        let own = String(decoding: path.prefix(max(0, length)).map(UInt8.init(bitPattern:)), as: UTF8.self)
        return own.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
            + "/floydlite-worker"
    }()

    /// Nobody's uid on any machine that runs the tests.
    static let stranger = UserIdentity(uid: 61_234, gid: 61_235)

    let root: String
    let run: RunDirectory
    let setup: Setup
    var spec: RunSpec
    private var workers: [pid_t: Bool] = [:]

    /// - Parameter parent: the folder on whose file system the run directory is made.
    init(_ command: String, _ setup: Setup, in parent: String = "/tmp") throws {
        var template = Array("\(parent)/floyd-run-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw SystemError("mkdtemp") }
        root = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        // Without a sandbox the job's user has to get through to its folders.
        chmod(root, 0o711)
        self.setup = setup
        run = RunDirectory(in: root, jobID: "job", attempt: 1)
        spec = RunSpec(
            jobID: "eo4LZmQVs9JMwW6xB8hta5",
            jobName: "alice/projects/x/1",
            attempt: 1,
            command: command,
            isolation: setup == .none ? .none : .bubblewrap(program: "/usr/bin/bwrap")
        )
        spec.gracePeriod = 5
        if geteuid() == 0 && setup != .sandboxByUser { spec.identity = Self.stranger }
        try Folder.create(run.path, mode: setup == .none ? 0o711 : 0o700, withParents: true)
        chmod("\(root)/job", 0o711)
        for folder in [run.home, run.output, run.temporary] { try makeFolder(folder) }
        if isOtherUser { for path in [root, "\(root)/job", run.path] { chown(path, stranger.uid, stranger.gid) } }
    }

    deinit {
        for (pid, isReaped) in workers where !isReaped {
            kill(pid, SIGKILL)
            waitpid(pid, nil, 0)
        }
        try? Folder.removeTree(root)
    }

    private var stranger: UserIdentity { Self.stranger }
    /// Whether the worker itself runs as an ordinary user although the tests run as root.
    private var isOtherUser: Bool { geteuid() == 0 && setup == .sandboxByUser }

    /// A folder that belongs to the job.
    func makeFolder(_ path: String) throws {
        try Folder.create(path, mode: 0o755)
        if geteuid() == 0 { chown(path, stranger.uid, stranger.gid) }
    }

    /// Writes the spec and starts a worker.
    ///
    /// - Parameters:
    ///   - extraDescriptors: what else it inherits.
    ///   - environment: what it finds in its environment.
    ///   - prefix: a program, with its arguments, that starts it.
    @discardableResult
    func start(
        extraDescriptors: [Int32] = [],
        writingSpec: Bool = true,
        environment: [String] = ["DAEMON_SECRET=1"],
        prefix: [String] = []
    ) throws -> pid_t {
        if writingSpec { try DurableFile.write(spec.encoded(), to: run.spec, mode: 0o644) }
        let null = try FileDescriptor.open("/dev/null", O_RDWR)
        var arguments = [Self.program, run.path]
        if isOtherUser {
            arguments =
                ["/usr/bin/setpriv", "--reuid", "\(stranger.uid)", "--regid", "\(stranger.gid)", "--clear-groups"]
                + arguments
        }
        arguments = prefix + arguments
        let command = ProcessCommand(
            arguments[0],
            arguments: arguments,
            environment: environment,
            descriptors: [null.raw, null.raw, null.raw] + extraDescriptors
        )
        let pid = try command.spawn()
        try null.close()
        workers[pid] = false
        return pid
    }

    /// Puts the wish to end where the worker looks for it.
    func wish(_ grace: Int?) throws {
        try DurableFile.write(StopRecord(grace: grace).encoded(), to: run.stop, mode: 0o644)
    }

    /// The exit status of a worker, once it has ended.
    @discardableResult
    func wait(for pid: pid_t) -> ExitRecord.Termination {
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
        workers[pid] = true
        return status & 0x7F == 0 ? .exited(code: status >> 8 & 0xFF) : .signalled(status & 0x7F)
    }

    /// Runs the job to its end.
    func finish() throws -> ExitRecord {
        #expect(wait(for: try start()) == .exited(code: 0))
        return try exit()
    }

    func exit() throws -> ExitRecord {
        try ExitRecord(decoding: try #require(try DurableFile.read(run.exit), "there is no exit record"))
    }

    var records: [LogRecord] {
        get throws { try LogFile(run.log).read(from: 0, maximumBytes: 1 << 26).records }
    }

    /// What the job itself wrote to the stream, byte by byte.
    func output(_ stream: LogRecord.Stream = .stdout) throws -> [UInt8] {
        try records.filter { $0.stream == stream && !$0.system }.flatMap { $0.bytes + ($0.partial ? [] : [10]) }
    }

    func text(_ stream: LogRecord.Stream = .stdout) throws -> String {
        String(decoding: try output(stream), as: UTF8.self)
    }

    /// What Floydlite said.
    var messages: [String] {
        get throws { try records.filter(\.system).map { String(decoding: $0.bytes, as: UTF8.self) } }
    }

    /// Waits until the job has printed `text`.
    func waitFor(_ text: String) throws {
        try #require(try eventually { try self.text().contains(text) }, "the job never printed \(text)")
    }
}

/// Whether the condition comes true within some seconds.
func eventually(_ condition: () throws -> Bool) rethrows -> Bool {
    for _ in 0..<4000 {
        if try condition() { return true }
        usleep(5000)
    }
    return false
}

/// The pids of the processes that have `mark` in their command line.
func processes(marked mark: String) throws -> [pid_t] {
    try ProcessStatus.all().filter { !$0.isZombie }.map(\.pid).filter { pid in
        guard let bytes = try? DurableFile.read("/proc/\(pid)/cmdline") else { return false }
        return String(decoding: bytes, as: UTF8.self).contains(mark)
    }
}

/// A number that stands in no other command line.
func uniqueSeconds() -> String {
    "\(UInt32.random(in: 100_000...999_999)).\(getpid())"
}
