internal import FloydOS
internal import FloydRun
internal import Glibc

/// The last things of an attempt: all of the log on the disk, then the record of how it ended.
///
/// A disk that is full is tried again without an end, for somebody will free space; one that fails, for some minutes. Meanwhile nothing
/// untrue is written. After a stop the log gets little time: what the disk won't have is given up and counted.
struct Ending {
    let run: RunDirectory
    let log: LogSink
    let supervisor: Supervisor
    let file: ReservedFile

    /// How long the log may take after a stop, in nanoseconds.
    private static let patience: Int64 = 2_000_000_000

    func finish(_ verdict: Verdict, _ end: StageEnd) -> WorkerExit {
        let reason = verdict.reason.map { ": \($0)" } ?? ""
        log.say("Job ended with \(verdict.outcome.rawValue)\(reason)")
        emptyLog()
        return write(
            ExitRecord(
                outcome: verdict.outcome,
                termination: end.termination,
                reason: verdict.reason,
                limit: verdict.limit,
                started: end.started,
                finished: .now,
                duration: end.duration,
                usage: end.usage,
                logLength: log.length,
                lostOutput: log.lost
            )
        )
    }

    private func emptyLog() {
        var deadline: Int64?
        while !log.empty() {
            if supervisor.isStopRequested {
                let limit = deadline ?? BootTimer.now + Self.patience
                if BootTimer.now >= limit { return log.giveUp() }
                deadline = limit
            }
            wait()
        }
    }

    private func wait() {
        if supervisor.isStopRequested {
            usleep(100_000)
        } else {
            supervisor.pause(milliseconds: 200)
        }
    }

    private func write(_ record: ExitRecord) -> WorkerExit {
        var record = record
        var trouble = WriteTrouble()
        var logIsDurable = false
        while true {
            do {
                // Written before the log is synced, so that one commit of the file system's journal serves both.
                try file.write(record.encoded(atMost: ReservedFile.size))
                file.startWriting()
                if !logIsDurable {
                    logIsDurable = true
                    do {
                        try log.synchronize()
                    } catch {
                        // What it couldn't write the kernel has forgotten.
                        record.reason = (record.reason.map { "\($0); " } ?? "") + "the log may lack lines: \(error)"
                        try file.write(record.encoded(atMost: ReservedFile.size))
                    }
                    Failpoint.workerLogSynced.reach()
                }
                try file.synchronize()
                Failpoint.workerRecordWritten.reach()
                try file.publish()
                try Folder.synchronize(run.path)
                Failpoint.workerRecorded.reach()
                return .done
            } catch {
                if error.code == ENOENT {
                    // The run directory, or only the file in it.
                    guard let there = try? FileStatus.of(run.path), there.kind == .folder else {
                        return .noRunDirectory
                    }
                    file.forget()
                } else if trouble.course(after: error.code, at: BootTimer.now) == .giveUp {
                    return .ioError
                }
                wait()
            }
        }
    }
}
