internal import FloydOS
internal import FloydRun
internal import Glibc

/// The first process of a stage: init of the sandbox's PID namespace, or, without isolation, the adopter of the command's orphans.
///
/// It gives up every privilege, starts the command, passes the stop on, and tells the worker how the command ended. The stage ends with it:
/// the kernel kills what is left in its namespace; without one it does that itself, also when the worker was killed.
struct StageInit: ~Copyable {
    private let control: FileDescriptor
    private let signals: SignalDescriptor
    private let entry: StageEntry
    private var command: pid_t = 0
    private var commandEnded = false
    private var stopping = false

    /// Runs the stage whose worker is at the other end of the socket `raw`.
    ///
    /// - Parameter doors: of the attempt's groups (`Cgroup.openDoors`).
    static func run(control raw: Int32, doors: [Int32]) -> Int32 {
        CurrentProcess.setName("floydlite-init")
        let closed = ProcessLimits.enter(doors)
        // Before its memory is hidden, which would make the file root's.
        ProcessLimits.volunteerForKilling()
        CurrentProcess.hideMemory()
        // The socket becomes descriptor 3, and whatever else was inherited is closed.
        guard raw == 3 || dup2(raw, 3) == 3 else { return 1 }
        CurrentProcess.closeDescriptors(from: 4)
        CurrentProcess.closeOnExec(3)
        let control = FileDescriptor(owning: 3)
        guard let entry = readEntry(control), let signals = try? SignalDescriptor.open([SIGCHLD, SIGPIPE]) else {
            return 1
        }
        var stage = StageInit(control: control, signals: signals, entry: entry)
        if let closed {
            stage.report(.refused("its group could not be entered: \(closed)"))
            return 1
        }
        return stage.run()
    }

    private init(control: consuming FileDescriptor, signals: consuming SignalDescriptor, entry: StageEntry) {
        self.control = control
        self.signals = signals
        self.entry = entry
    }

    /// The entry, which comes with its length before it, or nil if the worker is gone.
    private static func readEntry(_ control: borrowing FileDescriptor) -> StageEntry? {
        func read(_ count: Int) -> [UInt8]? {
            var bytes = [UInt8](repeating: 0, count: count)
            var filled = 0
            while filled < count {
                let more = bytes.withUnsafeMutableBytes {
                    try? control.read(into: UnsafeMutableRawBufferPointer(rebasing: $0[filled...]))
                }
                guard let more, more > 0 else { return nil }
                filled += more
            }
            return bytes
        }
        guard let length = read(4)?.reversed().reduce(0, { $0 << 8 | Int($1) }), let bytes = read(length) else {
            return nil
        }
        return try? StageEntry(decoding: bytes)
    }

    private mutating func run() -> Int32 {
        do {
            if !entry.namespaced { try CurrentProcess.adoptOrphans() }
            ProcessLimits.apply(entry.limits)
            // Without isolation the service's own folders lead to the job's, and only the service may pass through them.
            if !entry.namespaced { try enterFolder() }
            try Privileges.drop(to: entry.identity)
            if entry.namespaced {
                try enterFolder()
                Privileges.leaveShares()
            }
            // Both were taken back by the change of user.
            CurrentProcess.hideMemory()
            if entry.namespaced { CurrentProcess.dieWithParent() }
            var command = ProcessCommand(
                entry.arguments.first ?? "",
                arguments: entry.arguments,
                environment: entry.environment,
                descriptors: [0, 1, 2]
            )
            command.umask = 0o022
            command.startsSession = true
            command.diesWithParent = true
            // Whoever finds the worker dead looks into the group next: this process is in it, or starts nothing any more.
            guard !isAbandoned else { return 1 }
            self.command = try command.spawn()
        } catch {
            report(.refused("\(error)"))
            return 1
        }
        report(.started)
        // The ends of the pipes are the command's alone from here on.
        for descriptor: Int32 in 0...2 { close(descriptor) }
        loop()
        if !entry.namespaced { ProcessTree.killDescendants(signals) }
        return 0
    }

    /// Whether the worker is gone, although what it had sent was still read.
    private var isAbandoned: Bool {
        var event = pollfd(fd: control.raw, events: 0, revents: 0)
        return poll(&event, 1, 0) > 0 && event.revents & Int16(POLLHUP) != 0
    }

    private func enterFolder() throws(SystemError) {
        guard chdir(entry.folder) == 0 else { throw SystemError("chdir", path: entry.folder) }
    }

    private mutating func loop() {
        while true {
            var events = [
                pollfd(fd: control.raw, events: Int16(POLLIN), revents: 0),
                pollfd(fd: signals.file.raw, events: Int16(POLLIN), revents: 0),
            ]
            _ = poll(&events, 2, -1)
            while signals.next() != nil {}
            // First: whether the command ended before it was told to stop is decided here, and only here.
            let anyLeft = reap()
            if commandEnded && (!stopping || !anyLeft) { return }
            if events[0].revents != 0 && !takeOrder() { return }
        }
    }

    /// Takes note of everybody that ended; returns whether there are children left.
    private mutating func reap() -> Bool {
        while true {
            var status: Int32 = 0
            let pid = waitpid(-1, &status, WNOHANG)
            if pid == 0 { return true }
            if pid < 0 { return false }
            guard pid == command else { continue }
            commandEnded = true
            report(.ended(ExitRecord.Termination(waitStatus: status), afterStop: stopping))
        }
    }

    /// Does what the worker wants; false if the worker is gone.
    private mutating func takeOrder() -> Bool {
        var order: UInt8 = 0
        let count = withUnsafeMutableBytes(of: &order) { try? control.read(into: $0) }
        guard count == 1 else { return false }
        guard order == StageOrder.stop, !stopping else { return true }
        stopping = true
        for signal in [SIGTERM, SIGCONT] {
            if entry.namespaced {
                // Everybody in the namespace but its init.
                kill(-1, signal)
            } else {
                _ = try? Descendants.signal(signal)
            }
        }
        return true
    }

    private func report(_ report: StageReport) {
        // If the worker is gone, the loop sees it.
        try? control.write(all: Array(report.line.utf8))
    }
}

/// Ending processes for good.
enum ProcessTree {
    /// Kills the descendants of this process, which must adopt orphans, until none is left, and reaps them.
    ///
    /// - Parameter signals: where SIGCHLD arrives.
    static func killDescendants(_ signals: borrowing SignalDescriptor) {
        while true {
            while true {
                let pid = waitpid(-1, nil, WNOHANG)
                if pid < 0 { return }
                if pid == 0 { break }
            }
            try? Descendants.end()
            var event = pollfd(fd: signals.file.raw, events: Int16(POLLIN), revents: 0)
            _ = poll(&event, 1, 50)
            while signals.next() != nil {}
        }
    }
}
