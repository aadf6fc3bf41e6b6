public import FloydOS

/// Who the worker of an attempt is: the file `worker.json`.
public struct WorkerRecord: Sendable, Hashable {
    /// Of the files that worker and daemon exchange.
    public static let currentProtocol = 1

    public var protocolVersion: Int
    public var process: ProcessIdentity

    public init(protocolVersion: Int = WorkerRecord.currentProtocol, process: ProcessIdentity) {
        self.protocolVersion = protocolVersion
        self.process = process
    }

    /// JSON.
    public func encoded() -> [UInt8] {
        var object = JSONObjectWriter()
        object.append("version", Int64(protocolVersion))
        object.append("pid", Int64(process.pid))
        object.append("start_time", Int64(clamping: process.startTime))
        object.append("boot_id", process.bootID)
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
    }
}

/// That the command of an attempt has started: the file `started.json`.
public struct StartRecord: Sendable, Hashable {
    public var time: WallTime
    /// The command's pid as the machine sees it, if the worker could find it.
    public var pid: Int32?

    public init(time: WallTime, pid: Int32?) {
        self.time = time
        self.pid = pid
    }

    /// JSON.
    public func encoded() -> [UInt8] {
        var object = JSONObjectWriter()
        object.append("version", Int64(WorkerRecord.currentProtocol))
        object.append("time", time.description)
        object.append("pid", pid.map(Int64.init))
        return object.finished()
    }

    public init(decoding bytes: [UInt8]) throws(FieldError) {
        let record = try RecordReader(bytes)
        time = try record.time("time")
        pid = try record.integerIfPresent("pid").flatMap(Int32.init(exactly:))
    }
}
