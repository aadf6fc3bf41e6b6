public import FloydOS

/// Who the worker of an attempt is: the file `worker.json`.
public struct WorkerRecord: Sendable, Hashable {
    /// Of the files that worker and daemon exchange.
    public static let currentProtocol = 1

    public var protocolVersion: Int
    public var process: ProcessIdentity
    /// The attempt's cgroups: folders that hold the job's processes and nobody else's.
    public var groups: [String]

    public init(
        protocolVersion: Int = WorkerRecord.currentProtocol,
        process: ProcessIdentity,
        groups: [String] = []
    ) {
        self.protocolVersion = protocolVersion
        self.process = process
        self.groups = groups
    }

    /// JSON.
    public func encoded() -> [UInt8] {
        var object = JSONObjectWriter()
        object.append("version", Int64(protocolVersion))
        object.append("pid", Int64(process.pid))
        object.append("start_time", Int64(clamping: process.startTime))
        object.append("boot_id", process.bootID)
        // One string: a path holds no newline that its maker didn't put there, and the encoding knows no lists.
        if !groups.isEmpty { object.append("groups", groups.joined(separator: "\n")) }
        return object.finished()
    }

    /// Members that it doesn't know are a later version's, and ignored.
    public init(decoding bytes: [UInt8]) throws(FieldError) {
        let record = try RecordReader(bytes)
        guard let version = Int(exactly: record.version), version > 0,
            let startTime = UInt64(exactly: try record.integer("start_time"))
        else { throw FieldError("a number is out of range") }
        protocolVersion = version
        process = ProcessIdentity(
            pid: try record.pid("pid"),
            startTime: startTime,
            bootID: try record.string("boot_id")
        )
        let lines = try record.stringIfPresent("groups")?.utf8.split(separator: UInt8(ascii: "\n"))
        groups = lines?.map { String(Substring($0)) } ?? []
    }
}

/// That the command of an attempt has started: the file `started.json`.
public struct StartRecord: Sendable, Hashable {
    public var time: WallTime
    /// The command's pid as the machine sees it, if the worker could find it.
    public var pid: Int32?
    /// The first process of the job as the machine sees it, and when that started (`ProcessIdentity`): with it all of the job ends.
    public var firstPID: Int32?
    public var firstStartTime: UInt64?
    /// Nanoseconds since boot (CLOCK_BOOTTIME): with the boot id of `worker.json` it tells how long the command has run, whatever the
    /// clock on the wall does meanwhile.
    public var sinceBoot: Int64?

    public init(
        time: WallTime,
        pid: Int32?,
        firstPID: Int32? = nil,
        firstStartTime: UInt64? = nil,
        sinceBoot: Int64? = nil
    ) {
        self.time = time
        self.pid = pid
        self.firstPID = firstPID
        self.firstStartTime = firstStartTime
        self.sinceBoot = sinceBoot
    }

    /// JSON.
    public func encoded() -> [UInt8] {
        var object = JSONObjectWriter()
        object.append("version", Int64(WorkerRecord.currentProtocol))
        object.append("time", time.description)
        object.append("pid", pid.map(Int64.init))
        object.append("init_pid", firstPID.map(Int64.init))
        object.append("init_start_time", firstStartTime.map { Int64(clamping: $0) })
        object.append("boot_ns", sinceBoot)
        return object.finished()
    }

    /// Members that it doesn't know are a later version's, and ignored.

    public init(decoding bytes: [UInt8]) throws(FieldError) {
        let record = try RecordReader(bytes)
        time = try record.time("time")
        pid = try record.integerIfPresent("pid").flatMap(Int32.init(exactly:))
        firstPID = try record.integerIfPresent("init_pid").flatMap(Int32.init(exactly:)).flatMap { $0 > 0 ? $0 : nil }
        firstStartTime = try record.integerIfPresent("init_start_time").flatMap(UInt64.init(exactly:))
        sinceBoot = try record.integerIfPresent("boot_ns")
    }
}
