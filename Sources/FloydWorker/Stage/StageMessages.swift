internal import FloydOS
internal import FloydRun

/// What the worker tells the stage's first process to run. It travels through a socket, so that it stands in no process list.
struct StageEntry: Hashable {
    /// Whether the stage has a PID namespace of its own, whose init this process is.
    var namespaced: Bool
    /// Whom to become; nil: stay.
    var identity: UserIdentity?
    var folder: String
    /// The program's path and its arguments.
    var arguments: [String]
    /// `NAME=value`.
    var environment: [String]
    var limits = ResourceLimits()

    /// What the kernel itself holds each process to (getrlimit(2), nice(2)).
    struct ResourceLimits: Hashable {
        var openFiles: Int?
        /// Bytes of one file.
        var fileSize: Int?
        /// Processes and threads of the job's user, in its user namespace or on the machine.
        var processes: Int?
        /// 0 to 19.
        var niceness = 0
    }

    private static let format = "floydlite-stage"

    func encoded() -> [UInt8] {
        var fields = FieldWriter(format: Self.format, version: 1)
        if namespaced { fields.append("namespaced", "") }
        if let identity {
            fields.append("uid", Int(identity.uid))
            fields.append("gid", Int(identity.gid))
        }
        fields.append("folder", folder)
        fields.append("argument", arguments)
        fields.append("variable", environment)
        if let openFiles = limits.openFiles { fields.append("open-files", openFiles) }
        if let fileSize = limits.fileSize { fields.append("file-size", fileSize) }
        if let processes = limits.processes { fields.append("processes", processes) }
        fields.append("niceness", limits.niceness)
        return fields.bytes
    }
}

extension StageEntry {
    init(decoding bytes: [UInt8]) throws(FieldError) {
        var fields = try FieldReader(bytes, format: Self.format, version: 1)
        namespaced = fields.takeIfPresent("namespaced") != nil
        if let uid = try fields.takeNumberIfPresent("uid") {
            identity = UserIdentity(
                uid: UInt32(truncatingIfNeeded: uid),
                gid: UInt32(truncatingIfNeeded: try fields.takeNumber("gid"))
            )
        }
        folder = try fields.take("folder")
        arguments = fields.takeAll("argument")
        environment = fields.takeAll("variable")
        limits.openFiles = try fields.takeNumberIfPresent("open-files")
        limits.fileSize = try fields.takeNumberIfPresent("file-size")
        limits.processes = try fields.takeNumberIfPresent("processes")
        limits.niceness = try fields.takeNumber("niceness")
        try fields.finish()
    }
}

/// What the stage's first process tells the worker, one line each.
enum StageReport: Hashable {
    case started
    /// The command could not be started, and why.
    case refused(String)
    /// - Parameter afterStop: whether the command was still running when it was told to stop.
    case ended(ExitRecord.Termination, afterStop: Bool)

    var line: String {
        switch self {
        case .started: "started\n"
        case .refused(let reason): "refused \(reason.split(separator: "\n").joined(separator: " "))\n"
        case .ended(.exited(let code), let afterStop): "exited \(code) \(afterStop ? 1 : 0)\n"
        case .ended(.signalled(let signal), let afterStop): "signalled \(signal) \(afterStop ? 1 : 0)\n"
        }
    }

    init?(_ line: some StringProtocol) {
        let words = line.split(separator: " ", maxSplits: 1)
        guard let first = words.first else { return nil }
        let numbers = words.dropFirst().first?.split(separator: " ").compactMap { Int32($0) } ?? []
        switch first {
        case "started": self = .started
        case "refused": self = .refused(words.count > 1 ? String(words[1]) : "")
        case "exited" where numbers.count == 2: self = .ended(.exited(code: numbers[0]), afterStop: numbers[1] == 1)
        case "signalled" where numbers.count == 2:
            self = .ended(.signalled(numbers[0]), afterStop: numbers[1] == 1)
        default: return nil
        }
    }
}

/// What the worker sends after the entry: one byte each.
enum StageOrder {
    /// Pass SIGTERM to everything in the stage.
    static let stop = UInt8(ascii: "t")
}

extension ExitRecord.Termination {
    /// Reads the status that wait(2) gives.
    init(waitStatus status: Int32) {
        let signal = status & 0x7F
        self = signal == 0 ? .exited(code: (status >> 8) & 0xFF) : .signalled(signal)
    }
}
