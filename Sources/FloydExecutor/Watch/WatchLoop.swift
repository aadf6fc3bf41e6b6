internal import FloydOS
internal import FloydRun
internal import Glibc

/// The watcher's thread. What it knows is its own.
struct WatchLoop: ~Copyable {
    private struct Watched {
        let run: RunDirectory
        /// inotify's number for the folder, nil when that is gone.
        var folder: Int32?
        /// The worker's pidfd, once the worker is known.
        var worker: Int32?
        var hasEnded = false
        var hasExited = false
        var workerIsGone = false

        var isOver: Bool { hasEnded || hasExited }
    }

    private let mailbox: WatchMailbox
    private let pauseAfterStart: Duration
    private let handler: @Sendable (RunEvent) -> Void
    /// Starts that are to be reported, the earliest first.
    private var starts: [(run: RunDirectory, due: ContinuousClock.Instant)] = []
    private var watched: [RunDirectory: Watched] = [:]
    private var runOfFolder: [Int32: RunDirectory] = [:]
    private var runOfWorker: [Int32: RunDirectory] = [:]

    init(
        _ mailbox: WatchMailbox,
        pauseAfterStart: Duration,
        _ handler: @escaping @Sendable (RunEvent) -> Void
    ) {
        self.mailbox = mailbox
        self.pauseAfterStart = pauseAfterStart
        self.handler = handler
    }

    deinit {
        for worker in runOfWorker.keys { close(worker) }
    }

    /// What happens within this time of the last look is looked at together: a worker that starts or ends makes a dozen changes at once.
    private static let pause = Duration.milliseconds(1)

    mutating func run() {
        var looked = ContinuousClock.now - Self.pause
        while true {
            let ready = mailbox.watch.wait(milliseconds: untilNextStart)
            let rest = looked + Self.pause - .now
            if rest > .zero { usleep(UInt32(rest / .microseconds(1))) }
            looked = .now
            if !takeMessages() { return }
            for descriptor in ready {
                if descriptor == mailbox.inotify.file.raw {
                    takeChanges()
                } else if let run = runOfWorker[descriptor] {
                    workerEnded(run)
                }
            }
            reportStarts()
        }
    }

    /// Rounded up, as `Watch.wait` takes it.
    private var untilNextStart: Int32 {
        guard let next = starts.first else { return -1 }
        return Int32(max(0, ((next.due - .now) / .milliseconds(1)).rounded(.up)))
    }

    private mutating func reportStarts() {
        guard !starts.isEmpty else { return }
        let now = ContinuousClock.now
        let due = starts.prefix { $0.due <= now }
        starts.removeFirst(due.count)
        for start in due where watched[start.run]?.isOver == false { report(start.run, .started) }
    }

    private mutating func started(_ run: RunDirectory) {
        guard pauseAfterStart > .zero else { return report(run, .started) }
        starts.append((run, .now + pauseAfterStart))
    }

    /// False when the watcher is gone.
    private mutating func takeMessages() -> Bool {
        for message in mailbox.takeAll() {
            switch message {
            case .add(let run): add(run)
            case .remove(let run): remove(run)
            case .end: return false
            }
        }
        return true
    }

    private mutating func add(_ run: RunDirectory) {
        guard watched[run] == nil else { return }
        var entry = Watched(run: run)
        // Watched first, looked at then: whatever happens in between is seen. It is watched already, except where it was removed meanwhile.
        entry.folder = mailbox.inotify.add(run.path)
        watched[run] = entry
        guard let folder = entry.folder else { return report(run, .workerGone) }
        runOfFolder[folder] = run
        look(run)
    }

    private mutating func remove(_ run: RunDirectory) {
        guard let entry = watched.removeValue(forKey: run) else { return }
        if let folder = entry.folder {
            runOfFolder[folder] = nil
            mailbox.inotify.remove(folder)
        }
        forget(entry.worker)
    }

    private mutating func forget(_ worker: Int32?) {
        guard let worker else { return }
        runOfWorker[worker] = nil
        mailbox.watch.remove(worker)
        close(worker)
    }

    /// Reports what the files say, as if it had happened now.
    private mutating func look(_ run: RunDirectory) {
        if exists(run.log) { report(run, .logGrew) }
        if exists(run.started) { started(run) }
        ended(run, toldBy: run.exitDraft)
        if exists(run.exit) { exited(run) }
        if exists(run.worker) { meetWorker(run) }
    }

    private func exists(_ path: String) -> Bool {
        ((try? FileStatus.of(path)) ?? nil) != nil
    }

    private mutating func takeChanges() {
        var grown: Set<RunDirectory> = []
        for change in mailbox.inotify.read() {
            if change.overflowed {
                for run in watched.keys { look(run) }
                continue
            }
            guard let run = runOfFolder[change.watch] else { continue }
            switch (change.name, change.kind) {
            case ("log", .modified):
                if grown.insert(run).inserted { report(run, .logGrew) }
            case ("worker.json", .movedTo): meetWorker(run)
            case ("started.json", .movedTo): started(run)
            case ("exit.json.tmp", .modified): ended(run, toldBy: run.exitDraft)
            case ("exit.json", .movedTo): exited(run)
            // The lock was let go of by somebody who never said who it is.
            case ("lock", .closed) where !exists(run.worker): report(run, .workerGone)
            case (_, .watchEnded): folderVanished(run)
            default: break
            }
        }
    }

    private mutating func meetWorker(_ run: RunDirectory) {
        guard let entry = watched[run], entry.worker == nil, !entry.workerIsGone else { return }
        guard let bytes = try? DurableFile.read(run.worker, limit: RunEvidence.recordLimit),
            let record = try? WorkerRecord(decoding: bytes), let descriptor = try? record.process.open()
        else { return workerEnded(run) }
        let raw = descriptor.release()
        watched[run]?.worker = raw
        runOfWorker[raw] = run
        // A descriptor that can't be watched would be a worker whose end nobody hears of.
        do { try mailbox.watch.add(raw) } catch { workerEnded(run) }
    }

    private mutating func workerEnded(_ run: RunDirectory) {
        forget(watched[run]?.worker)
        watched[run]?.worker = nil
        watched[run]?.workerIsGone = true
        if exists(run.exit) { exited(run) }
        report(run, .workerGone)
    }

    /// The place of the record is taken long before it is written; what isn't a record yet is none.
    private mutating func ended(_ run: RunDirectory, toldBy path: String) {
        guard watched[run]?.hasEnded == false,
            let bytes = try? DurableFile.read(path, limit: RunEvidence.recordLimit), !bytes.isEmpty,
            (try? ExitRecord(decoding: bytes)) != nil
        else { return }
        watched[run]?.hasEnded = true
        report(run, .ended)
    }

    private mutating func exited(_ run: RunDirectory) {
        guard watched[run]?.hasExited == false else { return }
        ended(run, toldBy: run.exit)
        watched[run]?.hasExited = true
        report(run, .exited)
    }

    private mutating func folderVanished(_ run: RunDirectory) {
        guard let folder = watched[run]?.folder else { return }
        runOfFolder[folder] = nil
        watched[run]?.folder = nil
        // If the worker is known, its end will be heard of.
        if watched[run]?.worker == nil { report(run, .workerGone) }
    }

    private func report(_ run: RunDirectory, _ kind: RunEvent.Kind) {
        handler(RunEvent(run: run, kind: kind))
    }
}
