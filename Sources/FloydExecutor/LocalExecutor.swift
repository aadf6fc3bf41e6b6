public import FloydModel
internal import FloydOS
public import FloydRun
internal import Glibc

/// Runs attempts on this machine: one worker process each, which nobody's end takes with it.
public struct LocalExecutor: Executor {
    /// The path of `floydlite-worker`.
    public let workerProgram: String

    public init(workerProgram: String) {
        self.workerProgram = workerProgram
    }

    public func launch(_ run: RunDirectory) throws(FloydError) {
        do {
            let null = try FileDescriptor.open("/dev/null", O_RDWR)
            var command = ProcessCommand(
                workerProgram,
                arguments: ["floydlite-worker", run.path],
                folder: "/",
                descriptors: [null.raw, null.raw, null.raw]
            )
            command.startsSession = true
            _ = try command.spawnDetached()
            try null.close()
        } catch {
            throw FloydError(
                .internalError,
                "the worker could not be started: \(error)",
                hint: "Is floydlite-worker installed beside floydlited?"
            )
        }
    }

    public func stop(_ run: RunDirectory) throws(FloydError) -> Bool {
        do {
            guard let bytes = try DurableFile.read(run.worker, limit: RunEvidence.recordLimit) else { return false }
            return try WorkerRecord(decoding: bytes).process.signal(SIGTERM)
        } catch {
            throw FloydError(.internalError, "the worker could not be stopped: \(error)")
        }
    }

    public func evidence(of run: RunDirectory) throws(FloydError) -> RunEvidence {
        do {
            return try RunEvidence(of: run)
        } catch {
            throw FloydError(.internalError, "the run directory could not be read: \(error)")
        }
    }

    /// A folder that has vanished is made again for it: a worker that comes late must find the fence.
    public func fence(_ run: RunDirectory) throws(FloydError) -> Bool {
        do {
            try Folder.create(run.path, withParents: true)
            guard let lock = try FileLock.tryAcquire(run.lock) else { return false }
            try DurableFile.write(Array("fenced\n".utf8), to: run.fenced)
            // Held until the fence is on the disk.
            _ = consume lock
            return true
        } catch {
            throw FloydError(.internalError, "the attempt could not be fenced: \(error)")
        }
    }
}
