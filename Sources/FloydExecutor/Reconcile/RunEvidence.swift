internal import FloydOS
public import FloydRun

/// What the run directory of an attempt, and the process table, say about it. A plain value, so that decisions can be tested.
public struct RunEvidence: Sendable, Hashable {
    /// The worker that the attempt had or has.
    public struct Worker: Sendable, Hashable {
        public var record: WorkerRecord
        /// Whether that very process runs.
        public var isAlive: Bool

        public init(record: WorkerRecord, isAlive: Bool) {
            self.record = record
            self.isAlive = isAlive
        }
    }

    /// Whether the run directory is there.
    public var exists = true
    public var hasSpec = true
    public var worker: Worker?
    public var isFenced = false
    public var started: StartRecord?
    public var exit: ExitRecord?
    /// Whether the worker is gone and something of the job still lives. It must be ended (`Executor.endRemains`) before the attempt may
    /// be called finished.
    public var remains = false
    /// Whether the worker was one of a time before the machine's last start.
    public var isOfEarlierBoot = false
    /// Bytes of the log.
    public var logLength: Int64 = 0
    /// Files that are there and make no sense, with the reason: `exit.json: …`.
    public var unreadable: [String] = []

    public init() {}

    static let recordLimit = 65_536

    /// Gathers the evidence.
    ///
    /// - Throws: `SystemError` if the disk fails; files that make no sense are evidence, too.
    init(of run: RunDirectory) throws(SystemError) {
        exists = try FileStatus.of(run.path)?.kind == .folder
        hasSpec = try FileStatus.of(run.spec) != nil
        isFenced = try FileStatus.of(run.fenced) != nil
        // Whether the worker lives comes before how it ended: one that ends in between has left its record, and none is missed.
        worker = try read(run.worker, "worker.json", WorkerRecord.init(decoding:)).map { record in
            Worker(record: record, isAlive: record.process.isAlive)
        }
        started = try read(run.started, "started.json", StartRecord.init(decoding:))
        if let worker, !worker.isAlive {
            remains = Remains(of: worker.record, started).areLeft
            isOfEarlierBoot = try worker.record.process.bootID != BootID.current()
        }
        exit = try read(run.exit, "exit.json", ExitRecord.init(decoding:))
        logLength = try FileStatus.of(run.log)?.size ?? 0
    }

    private mutating func read<Record>(
        _ path: String,
        _ name: String,
        _ decode: ([UInt8]) throws(FieldError) -> Record
    ) throws(SystemError) -> Record? {
        guard let bytes = try DurableFile.read(path, limit: Self.recordLimit) else { return nil }
        // An outage of the machine came before the worker had that on the disk, and so before it started the command.
        if name == "worker.json" && bytes.allSatisfy({ $0 == 0 }) { return nil }
        do {
            return try decode(bytes)
        } catch {
            unreadable.append("\(name): \(error)")
            return nil
        }
    }
}
