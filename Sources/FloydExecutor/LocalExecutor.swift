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
                environment: Failpoint.inheritance,
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

    /// The wish stands in the file `stop` before the signal says that there is one. A crash between the two leaves a wish that the next
    /// signal brings. On a full disk the signal comes alone, and the attempt has its usual grace period: it may be what fills the disk.
    public func stop(_ run: RunDirectory, grace: Int?) throws(FloydError) -> Bool {
        do {
            guard let bytes = try DurableFile.read(run.worker, limit: RunEvidence.recordLimit) else { return false }
            let worker = try WorkerRecord(decoding: bytes).process
            guard worker.isAlive else { return false }
            if let grace { try note(StopRecord(grace: grace), in: run) }
            return try worker.signal(SIGTERM)
        } catch {
            throw FloydError(.internalError, "the worker could not be stopped: \(error)")
        }
    }

    /// Does nothing where there is no space.
    private func note(_ wish: StopRecord, in run: RunDirectory) throws(SystemError) {
        let temporary = run.stop + ".tmp"
        do throws(SystemError) {
            let file = try FileDescriptor.open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW)
            try file.write(all: wish.encoded())
            try file.close()
            try Folder.rename(temporary, to: run.stop)
        } catch {
            guard error.code == ENOSPC || error.code == EDQUOT else { throw error }
        }
    }

    public func endRemains(of run: RunDirectory) throws(FloydError) -> Bool {
        do {
            let evidence = try RunEvidence(of: run)
            // Where no worker has been there is nothing; where it lives, nothing of it remains: it goes on.
            guard let worker = evidence.worker else { return true }
            guard !worker.isAlive else { return false }
            return Remains(of: worker.record, evidence.started).end()
        } catch {
            throw FloydError(.internalError, "what remains of the attempt could not be ended: \(error)")
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
