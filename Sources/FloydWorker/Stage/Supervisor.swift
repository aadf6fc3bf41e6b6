internal import FloydOS
internal import FloydRun
internal import Glibc

/// Runs stages, one after the other: pumps their output into the log, passes a stop on, keeps the time limits, and sees to it that nothing of
/// a stage is left when it has ended.
final class Supervisor {
    let log: LogSink
    private let signals: SignalDescriptor
    private let timer: BootTimer
    private let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 16)
    /// Where a wish to end says how long it may take.
    private let stopFile: String?
    private var stop = StopWish()
    /// Seconds between SIGTERM and SIGKILL where a wish doesn't say.
    var gracePeriod = 10

    /// Whether somebody wants the attempt to end (SIGTERM).
    var isStopRequested: Bool { stop.deadline != nil }

    /// How often a full disk is tried again.
    private static let retryInterval: Int64 = 200_000_000
    /// How often it is seen whether those that were killed have ended.
    private static let endInterval: Int64 = 5_000_000

    init(log: LogSink, stopFile: String? = nil) throws(SystemError) {
        self.log = log
        self.stopFile = stopFile
        signals = try SignalDescriptor.open([SIGTERM, SIGCHLD, SIGPIPE, SIGHUP, SIGINT])
        timer = try BootTimer.open()
        try CurrentProcess.adoptOrphans()
    }

    deinit {
        chunk.deallocate()
    }

    /// Waits, but no longer than `milliseconds`, and not when a stop is requested.
    func pause(milliseconds: Int32) {
        var event = pollfd(fd: signals.file.raw, events: Int16(POLLIN), revents: 0)
        if !isStopRequested { _ = poll(&event, 1, milliseconds) }
        takeSignals()
    }

    private func takeSignals() {
        while let signal = signals.next() {
            if signal == SIGTERM { stop.take(StopWish.grace(in: stopFile) ?? gracePeriod, at: BootTimer.now) }
        }
    }

    /// Runs a stage to its end.
    ///
    /// - Parameters:
    ///   - prepared: called when the sandbox is being set up and the command has not started; if it throws, it never does.
    ///   - started: called when the command has started.
    /// - Throws: what `prepared` threw, or why the stage could not be set up.
    func run(
        _ plan: StagePlan,
        prepared: () throws -> Void = {},
        started: (StartRecord) -> Void = { _ in }
    ) throws -> StageEnd {
        let stage = try Stage.launch(plan)
        var course = StageCourse(plan)
        let watch = LimitWatch(plan.limits)
        do {
            try prepared()
            // A stop from before the start needs no sandbox. An error here is bubblewrap's end, which the loop sees.
            if !isStopRequested {
                try? stage.enter()
                course.hasEntered = true
                Failpoint.workerEntered.reach()
            }
        } catch {
            Glibc.kill(stage.pid, SIGKILL)
            while waitpid(stage.pid, nil, 0) < 0 && errno == EINTR {}
            throw error
        }
        while !course.isGone { turn(stage, &course, watch, started) }
        drain(stage, plan)
        course.end.hit = watch.hit(at: course.end)
        return course.end
    }

    /// Waits for something to happen, and does what is to be done then.
    private func turn(
        _ stage: borrowing Stage,
        _ course: inout StageCourse,
        _ watch: LimitWatch,
        _ started: (StartRecord) -> Void
    ) {
        takeSignals()
        takeReports(stage, &course, started)
        reap(stage, &course)
        if course.isGone { return }
        let now = BootTimer.now
        if let deadline = stop.deadline { end(.requested, killAt: deadline, at: now, stage, &course) }
        if course.isOverdue(at: now) {
            end(.timeout, killAt: now + Int64(course.plan.gracePeriod) * 1_000_000_000, at: now, stage, &course)
        }
        // Before anything that takes long: to look at a thousand processes does, while they want the processors too.
        if course.mustKill(at: now) { kill(stage, &course, at: now) }
        if course.isWatched,
            let hit = watch.look(first: stage.firstPID(namespaced: course.plan.sandbox != nil), at: now)
        {
            end(.limit(hit), killAt: now, at: now, stage, &course)
        }
        if let deadline = log.flushDeadline, deadline <= now { log.flush() }
        if log.failure != nil { log.write() }

        var deadlines = [course.nextDeadline, log.flushDeadline].compactMap { $0 }
        if course.isWatched, let look = watch.nextDeadline { deadlines.append(look) }
        if log.failure != nil { deadlines.append(now + Self.retryInterval) }
        if course.isReaped { deadlines.append(now + Self.endInterval) }
        timer.set(deadlines.min())
        let readable = Int16(POLLIN)
        var events = [
            pollfd(fd: signals.file.raw, events: readable, revents: 0),
            pollfd(fd: timer.file.raw, events: readable, revents: 0),
            pollfd(fd: course.hearsReports ? stage.control.raw : -1, events: readable, revents: 0),
            pollfd(fd: course.hearsOutput && !log.isFull ? stage.output.raw : -1, events: readable, revents: 0),
            pollfd(fd: course.hearsErrors && !log.isFull ? stage.errorOutput.raw : -1, events: readable, revents: 0),
        ]
        _ = poll(&events, nfds_t(events.count), -1)
        if events[1].revents != 0 { timer.acknowledge() }
        if events[3].revents != 0 { course.hearsOutput = read(stage.output, source(.stdout, course.plan)) }
        if events[4].revents != 0 {
            course.hearsErrors = read(stage.errorOutput, source(.stderr, course.plan)) { course.remember($0) }
        }
        log.write()
    }

    private func source(_ stream: LogEncoder.Source, _ plan: StagePlan) -> LogEncoder.Source {
        plan.isSystem ? .system : stream
    }

    /// Reads once. False at the end of the stream.
    private func read(
        _ file: borrowing FileDescriptor,
        _ source: LogEncoder.Source,
        _ look: (UnsafeRawBufferPointer) -> Void = { _ in }
    ) -> Bool {
        let count = Glibc.read(file.raw, chunk.baseAddress, chunk.count)
        guard count > 0 else { return count < 0 && (errno == EAGAIN || errno == EINTR) }
        let bytes = UnsafeRawBufferPointer(rebasing: chunk[..<count])
        look(bytes)
        log.append(bytes, from: source)
        return true
    }

    private func takeReports(
        _ stage: borrowing Stage,
        _ course: inout StageCourse,
        _ started: (StartRecord) -> Void
    ) {
        guard course.hearsReports else { return }
        var bytes = [UInt8](repeating: 0, count: 1024)
        let count = recv(stage.control.raw, &bytes, bytes.count, Int32(MSG_DONTWAIT))
        guard count > 0 else {
            course.hearsReports = count < 0 && (errno == EAGAIN || errno == EINTR)
            return
        }
        for report in course.reports(in: bytes[..<count]) {
            course.take(report, at: BootTimer.now)
            guard report == .started else { continue }
            let record = stage.startRecord(namespaced: course.plan.sandbox != nil)
            course.end.started = record.time
            started(record)
        }
    }

    /// Ends the stage: what has not ended at `deadline` is killed.
    private func end(
        _ cause: StopCause,
        killAt deadline: Int64,
        at now: Int64,
        _ stage: borrowing Stage,
        _ course: inout StageCourse
    ) {
        guard course.beginStop(cause, killAt: deadline, at: now) else { return }
        let seconds = (deadline - now + 500_000_000) / 1_000_000_000
        let how = seconds > 0 ? "SIGTERM was sent, \(seconds) s remain to end in order" : "all of it is killed"
        switch cause {
        case .requested: log.say("Stopping: \(how)")
        case .timeout: log.say("The time limit of \(course.plan.maximumRuntime ?? 0) s is reached: \(how)")
        case .limit(let hit): log.say("Killed: \(hit.reason)")
        }
        if course.hasEntered, deadline > now {
            // Perhaps it hasn't started yet; then this is read when it has.
            try? stage.control.write(all: [StageOrder.stop])
        } else {
            kill(stage, &course, at: now)
        }
    }

    private func kill(_ stage: borrowing Stage, _ course: inout StageCourse, at now: Int64) {
        course.killWasSent(at: now)
        // Not reaped yet, so the pid is still this child's. Its end is the sandbox's, and without one its children become this process's.
        if !course.isReaped { Glibc.kill(stage.pid, SIGKILL) }
        course.plan.limits.group?.kill()
    }

    private func reap(_ stage: borrowing Stage, _ course: inout StageCourse) {
        while true {
            var status: Int32 = 0
            var usage = rusage()
            let pid = wait4(-1, &status, WNOHANG, &usage)
            if pid < 0 {
                if course.isReaped { course.isGone = endGroup(course.plan.limits.group) }
                return
            }
            if pid == 0 { break }
            if pid == stage.pid {
                // What it said last comes before its end.
                takeReports(stage, &course) { _ in }
                if !course.hasStarted { hearLastWords(stage, &course) }
                course.firstProcessEnded(ExitRecord.Usage(usage), at: BootTimer.now)
            }
        }
        // The first process is gone but not all that it should have taken with it.
        if course.isReaped {
            _ = endGroup(course.plan.limits.group)
            try? Descendants.end()
        }
    }

    /// Kills whoever is in the group; true if nobody is.
    private func endGroup(_ group: Cgroup?) -> Bool {
        guard let group, !group.isEmpty else { return true }
        group.kill()
        return group.isEmpty
    }

    /// Reads why the sandbox could not be made.
    private func hearLastWords(_ stage: borrowing Stage, _ course: inout StageCourse) {
        var words: [UInt8] = []
        course.hearsErrors = read(stage.errorOutput, source(.stderr, course.plan)) { words += $0 }
        words.withUnsafeBytes { course.remember($0) }
    }

    /// Reads what is left in the pipes. Nobody writes any more, so it is no more than they hold.
    private func drain(_ stage: borrowing Stage, _ plan: StagePlan) {
        for (file, stream) in [(stage.output.raw, LogEncoder.Source.stdout), (stage.errorOutput.raw, .stderr)] {
            while true {
                let count = Glibc.read(file, chunk.baseAddress, chunk.count)
                if count <= 0 { break }
                log.append(UnsafeRawBufferPointer(rebasing: chunk[..<count]), from: source(stream, plan))
                log.write()
            }
        }
        log.flush()
    }
}

extension ExitRecord.Usage {
    init(_ usage: rusage) {
        func nanoseconds(_ time: timeval) -> Int64 {
            Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_usec) * 1000
        }
        // Linux counts kilobytes here.
        self.init(
            userTime: nanoseconds(usage.ru_utime),
            systemTime: nanoseconds(usage.ru_stime),
            maximumMemory: Int64(usage.ru_maxrss) * 1024
        )
    }
}
