internal import FloydOS
internal import FloydRun
internal import Glibc

/// Sees to it that an environment, or a job's own packages over one, is there: builds it, or waits while another job's worker does.
struct EnvironmentBuild {
    let plan: BuildPlan
    let supervisor: Supervisor

    private var preparation: Preparation { plan.preparation }
    private var log: LogSink { supervisor.log }

    /// Whether it is there. If it is a layer, that it was used is noted.
    var isThere: Bool {
        get throws {
            // Of environments the marker is never taken back.
            guard plan.layer != nil else { return try isComplete }
            // Unused layers are removed under this lock: what is found there and marked as used stays.
            guard let lock = try FileLock.tryAcquire(preparation.lock) else { return false }
            let isThere = try markUsed()
            _ = consume lock
            return isThere
        }
    }

    private var isComplete: Bool {
        // An error of the disk may leave the marker of what was removed.
        get throws { try FileStatus.of(preparation.complete) != nil && FileStatus.of(preparation.root) != nil }
    }

    /// Gives the marker of what is there the present time; false if there is none.
    private func markUsed() throws -> Bool {
        guard try isComplete else { return false }
        if plan.layer != nil { utimensat(AT_FDCWD, preparation.complete, nil, AT_SYMLINK_NOFOLLOW) }
        return true
    }

    private static var stopped: Verdict { Verdict(.shutdown, "stopped before it started") }

    /// Nil when it is there, else what becomes of the attempt.
    func ensure(_ host: HostLayout) throws -> Verdict? {
        var hasSaidSo = false
        while true {
            if let lock = try FileLock.tryAcquire(preparation.lock) {
                let verdict = try markUsed() ? nil : build(host)
                _ = consume lock
                return verdict
            }
            if !hasSaidSo {
                log.say("Waiting for \(plan.subject), which another job is building")
                hasSaidSo = true
            }
            supervisor.pause(milliseconds: 100)
            if supervisor.isStopRequested { return Self.stopped }
        }
    }

    private func build(_ host: HostLayout) throws -> Verdict? {
        let hasNetwork = plan.layer?.layer.network != RunSpec.Network.none
        log.say("Building \(plan.subject)\(hasNetwork ? "" : ", without a network: the instance type has none")")
        let began = BootTimer.now
        // A shared layer's cache is its own.
        let cache: FileLock? =
            if let layer = plan.layer?.layer, !layer.isShared {
                try BuildCache(layer: layer, limit: plan.limits.disk, supervisor: supervisor).hold()
            } else { nil }
        if supervisor.isStopRequested { return Self.stopped }
        try Folder.create(preparation.folder)
        let sync = try FileSystemSync(of: preparation.folder)
        try makeFolders()
        Failpoint.buildStarted.reach()
        var isBuilt = false
        defer {
            for folder in plan.scratch { try? Folder.removeTree(folder) }
            // An account that asks for what can't be built leaves nothing.
            if !isBuilt, plan.layer != nil, (try? unmark()) != nil { try? Folder.removeTree(preparation.root) }
        }
        for stage in plan.stages(host) {
            if let verdict = try run(stage) { return verdict }
        }
        // What can't be removed is no worse for what was built.
        for folder in plan.scratch { try? Folder.removeTree(folder) }
        Failpoint.buildDone.reach()
        // Everything of it is on the disk before the marker says so.
        try sync.run()
        try DurableFile.write(Array("floydlite-environment 1\n".utf8), to: preparation.complete, mode: 0o644)
        isBuilt = true
        _ = consume cache
        Failpoint.buildMarked.reach()
        let seconds = (BootTimer.now - began + 500_000_000) / 1_000_000_000
        log.say("\(Self.capitalized(plan.subject)) is ready after \(seconds) s")
        return nil
    }

    /// Takes the marker back, durably, for what it says is no longer so: before anything of `root` is made or removed.
    private func unmark() throws(SystemError) {
        guard try FileStatus.of(preparation.complete) != nil else { return }
        try Folder.removeTree(preparation.complete)
        try Folder.synchronize(preparation.folder)
    }

    /// Makes the folders anew: a build that was broken off may have left some.
    private func makeFolders() throws {
        // Jobs of others read what is in it; the service's umask would forbid that.
        try Self.open(preparation.folder).changeMode(0o755)
        try unmark()
        for folder in [preparation.root] + plan.scratch {
            try Folder.removeTree(folder)
            try Folder.create(folder)
            let opened = try Self.open(folder)
            let isPrivate = folder == preparation.root && plan.layer?.layer.isShared == false
            try opened.changeMode(isPrivate ? 0o700 : 0o755)
            if let builder = preparation.builder { try opened.changeOwner(uid: builder.uid, gid: builder.gid) }
        }
    }

    private static func open(_ folder: String) throws(SystemError) -> FileDescriptor {
        try FileDescriptor.open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
    }

    /// Nil if the step went well, else what becomes of the attempt.
    private func run(_ stage: StagePlan) throws -> Verdict? {
        let end = try supervisor.run(stage)
        switch end.cause {
        case .limit(let hit)?: return refusal(hit)
        case .timeout?:
            var verdict = Verdict(
                .timeout,
                "the time limit of \(stage.maximumRuntime ?? 0) s was reached by \(plan.subject)"
            )
            verdict.limit = .time
            return verdict
        case .requested?: return Self.stopped
        case nil: break
        }
        if supervisor.isStopRequested { return Self.stopped }
        if let hit = end.hit { return refusal(hit) }
        return Self.failure(of: end).map { Verdict(.failed, "\(plan.subject) could not be built: \($0)") }
    }

    private func refusal(_ hit: LimitHit) -> Verdict {
        var verdict = Verdict(.failed, "\(plan.subject) could not be built: \(hit.reason)")
        verdict.limit = hit.limit
        return verdict
    }

    private static func capitalized(_ text: String) -> String {
        text.prefix(1).uppercased() + text.dropFirst()
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
