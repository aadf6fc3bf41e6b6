/// What a job may use at most, besides the memory that is set aside for it.
public struct ResourceLimits: Sendable, Hashable {
    /// Processes and threads at a time.
    public var processes: Int
    /// Open files of one process.
    public var openFiles: Int
    /// Bytes of its code folder, `/output` and `/tmp` together; nil: no limit.
    public var disk: Int64?
    /// Seconds that it may run, and does where it asks for no less; nil: no limit.
    public var maxRuntime: Int?

    public init(processes: Int = 4096, openFiles: Int = 65_536, disk: Int64? = nil, maxRuntime: Int? = nil) {
        self.processes = processes
        self.openFiles = openFiles
        self.disk = disk
        self.maxRuntime = maxRuntime
    }
}
