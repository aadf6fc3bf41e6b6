internal import FloydOS
internal import FloydRun
internal import Glibc

/// What is to be run, and in which surroundings.
struct StagePlan {
    /// Nil: none.
    var sandbox: SandboxPlan?
    var entry: StageEntry
    /// Whether the output is Floydlite's own rather than the job's.
    var isSystem = false
    /// Seconds.
    var maximumRuntime: Int?
    /// Seconds.
    var gracePeriod: Int
    var limits = LimitPlan()
}

/// Why a stage was ended from outside.
enum StopCause: Hashable {
    case requested
    case timeout
    case limit(LimitHit)
}

/// How a stage ended.
struct StageEnd {
    var started: WallTime?
    var duration: Int64 = 0
    var termination: ExitRecord.Termination?
    /// Why the command could not be started.
    var refusal: String?
    /// Why the stage was ended from outside, if the command was still running then.
    var cause: StopCause?
    /// Whether something had to be killed after the grace period.
    var killed = false
    /// Seconds that it had to end in order.
    var grace = 0
    /// The limit that made the command fail, as was seen when it had ended.
    var hit: LimitHit?
    var usage: ExitRecord.Usage?
}

/// A stage that has been set up. Its command starts when its entry is sent.
struct Stage: ~Copyable {
    let pid: pid_t
    let control: FileDescriptor
    let output: FileDescriptor
    let errorOutput: FileDescriptor
    private let entry: [UInt8]

    /// What the pipes hold: enough that a fast job is seldom kept waiting.
    private static let pipeCapacity: Int32 = 1 << 18

    /// Starts the sandbox (or just the stage's first process). If the worker is killed from here on, all of it ends.
    static func launch(_ plan: StagePlan) throws -> Stage {
        // Its use here keeps the files open until the program has been executed.
        let inherited = OpenFiles()
        defer { inherited.closeAll() }
        inherited.add(try FileDescriptor.open("/dev/null", O_RDONLY))
        let outputs = try DescriptorPair.pipe(capacity: pipeCapacity)
        let output = FileDescriptor(owning: outputs.reading)
        inherited.add(FileDescriptor(owning: outputs.writing))
        let errors = try DescriptorPair.pipe(capacity: pipeCapacity)
        let errorOutput = FileDescriptor(owning: errors.reading)
        inherited.add(FileDescriptor(owning: errors.writing))
        let controls = try DescriptorPair.sockets()
        let control = FileDescriptor(owning: controls.reading)
        let controlThere = FileDescriptor(owning: controls.writing)
        let doors = try plan.limits.group?.openDoors() ?? []
        // bubblewrap makes the folders that it mounts on with this; the job must pass through them.
        let umask: mode_t = 0o022
        let pid: pid_t
        if let sandbox = plan.sandbox {
            var command = try Self.command(sandbox, control: controlThere, doors, inherited)
            command.folder = "/"
            command.umask = umask
            pid = try command.spawn()
        } else {
            inherited.add(controlThere)
            let places = inherited.add(doors)
            pid = try ProcessFork.run(descriptors: inherited.raw, umask: umask) {
                StageInit.run(control: 3, doors: places)
            }
        }
        return Stage(
            pid: pid,
            control: control,
            output: output,
            errorOutput: errorOutput,
            entry: plan.entry.encoded()
        )
    }

    private init(
        pid: pid_t,
        control: consuming FileDescriptor,
        output: consuming FileDescriptor,
        errorOutput: consuming FileDescriptor,
        entry: [UInt8]
    ) {
        self.pid = pid
        self.control = control
        self.output = output
        self.errorOutput = errorOutput
        self.entry = entry
    }

    /// bubblewrap gets its arguments through a file in memory, and the worker's own program as an open file: the server's paths stand in
    /// no process list, and the program has no name inside.
    private static func command(
        _ sandbox: SandboxPlan,
        control: consuming FileDescriptor,
        _ doors: [Int32],
        _ inherited: OpenFiles
    ) throws -> ProcessCommand {
        // Descriptors 3 to 5, behind them the groups' doors, and then what the sandbox's own files hold.
        let (arguments, contents) = sandbox.arguments(firstFile: 6 + doors.count)
        inherited.add(try memoryFile("arguments", holding: arguments.flatMap { Array($0.utf8) + [0] }))
        inherited.add(try FileDescriptor.open("/proc/self/exe", O_RDONLY))
        inherited.add(control)
        let places = inherited.add(doors)
        for content in contents {
            switch content {
            case .bytes(let bytes): inherited.add(try memoryFile("file", holding: bytes))
            // One that has gone meanwhile is as good as empty.
            case .file(let path): inherited.add(try (try? .open(path, O_RDONLY)) ?? .open("/dev/null", O_RDONLY))
            }
        }
        var command = ProcessCommand(
            sandbox.program,
            arguments: ["bwrap", "--args", "3", "/proc/self/fd/4", "--init", "5"] + places.map { String($0) },
            descriptors: inherited.raw
        )
        command.diesWithParent = true
        return command
    }

    /// The pid of the stage's first process as the machine sees it, which in a sandbox is bubblewrap's child.
    func firstPID(namespaced: Bool) -> pid_t? {
        namespaced ? Self.onlyChild(of: pid) : pid
    }

    /// That the command has started now.
    func startRecord(namespaced: Bool) -> StartRecord {
        let first = firstPID(namespaced: namespaced)
        return StartRecord(
            time: .now,
            pid: first.flatMap(Self.onlyChild),
            firstPID: first,
            firstStartTime: first.flatMap(ProcessStatus.of)?.startTime,
            sinceBoot: BootTimer.now
        )
    }

    private static func onlyChild(of pid: pid_t) -> pid_t? {
        guard let bytes = try? DurableFile.read("/proc/\(pid)/task/\(pid)/children", limit: 4096) else { return nil }
        return pid_t(String(decoding: bytes.prefix { $0 != UInt8(ascii: " ") }, as: UTF8.self))
    }

    /// Lets the command start.
    func enter() throws(SystemError) {
        let length = UInt32(entry.count)
        let head = (0..<4).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) }
        try control.write(all: head + entry)
    }
}

/// Files that are open until they are closed together.
private final class OpenFiles {
    private(set) var raw: [Int32] = []

    func add(_ file: consuming FileDescriptor) {
        raw.append(file.release())
    }

    /// Adds several, which this closes then, and returns the places that they will have.
    func add(_ files: [Int32]) -> [Int32] {
        let first = raw.count
        raw += files
        return files.indices.map { Int32(first + $0) }
    }

    func closeAll() {
        for file in raw { close(file) }
        raw = []
    }
}
