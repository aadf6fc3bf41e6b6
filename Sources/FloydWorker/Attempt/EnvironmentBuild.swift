internal import FloydOS
internal import FloydRun
internal import Glibc

/// Sees to it that an environment is there: builds it, or waits while another job's worker does.
struct EnvironmentBuild {
    let plan: BuildPlan
    let supervisor: Supervisor

    private var preparation: Preparation { plan.preparation }
    private var log: LogSink { supervisor.log }

    /// Nil when the environment is there, else what becomes of the attempt.
    func ensure(_ host: HostLayout) throws -> Verdict? {
        var hasSaidSo = false
        while true {
            if let lock = try FileLock.tryAcquire(preparation.lock) {
                let verdict = try isComplete ? nil : build(host)
                _ = consume lock
                return verdict
            }
            if !hasSaidSo {
                log.say("Waiting for environment \(preparation.title), which another job is building")
                hasSaidSo = true
            }
            supervisor.pause(milliseconds: 100)
            if supervisor.isStopRequested { return Verdict(.shutdown, "stopped before it started") }
        }
    }

    /// Whether the environment is there. Who finds it so needs no lock: the marker is written last and never taken back while jobs may
    /// start.
    var isComplete: Bool {
        get throws { try FileStatus.of(preparation.complete) != nil }
    }

    private func build(_ host: HostLayout) throws -> Verdict? {
        log.say("Building environment \(preparation.title)")
        let began = BootTimer.now
        for folder in [preparation.folder, preparation.root, preparation.temporary] {
            // A build that was broken off left these.
            if folder != preparation.folder { try Folder.removeTree(folder) }
            try Folder.create(folder)
            let opened = try FileDescriptor.open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
            // Jobs of others read it; the service's umask would forbid that.
            try opened.changeMode(0o755)
            if let builder = preparation.builder, folder != preparation.folder {
                try opened.changeOwner(uid: builder.uid, gid: builder.gid)
            }
        }
        Failpoint.buildStarted.reach()
        defer { try? Folder.removeTree(preparation.temporary) }
        for stage in plan.stages(host) {
            let end = try supervisor.run(stage)
            if case .limit(let hit)? = end.cause { return refusal(hit) }
            if end.cause != nil || supervisor.isStopRequested {
                return Verdict(.shutdown, "stopped before it started")
            }
            if let hit = end.hit { return refusal(hit) }
            if let failure = Self.failure(of: end) {
                return Verdict(.failed, "environment \(preparation.title) could not be built: \(failure)")
            }
        }
        try Folder.removeTree(preparation.temporary)
        Failpoint.buildDone.reach()
        // Everything of the environment is on the disk before the marker says so.
        try Folder.synchronizeFileSystem(preparation.folder)
        try DurableFile.write(Array("floydlite-environment 1\n".utf8), to: preparation.complete, mode: 0o644)
        Failpoint.buildMarked.reach()
        log.say(
            "Environment \(preparation.title) is ready after \((BootTimer.now - began + 500_000_000) / 1_000_000_000) s"
        )
        return nil
    }

    private func refusal(_ hit: LimitHit) -> Verdict {
        var verdict = Verdict(.failed, "environment \(preparation.title) could not be built: \(hit.reason)")
        verdict.limit = hit.limit
        return verdict
    }

    /// Why a step failed, or nil if it didn't.
    static func failure(of end: StageEnd) -> String? {
        if let refusal = end.refusal { return refusal }
        switch end.termination {
        case .exited(code: 0)?: return nil
        case .exited(let code)?: return "a step exited with code \(code); the log has its output"
        case .signalled(let signal)?: return "a step was ended by \(Verdict.name(ofSignal: signal))"
        case nil: return "a step did not start"
        }
    }
}
