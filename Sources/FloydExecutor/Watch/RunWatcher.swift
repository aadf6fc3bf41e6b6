public import FloydModel
internal import FloydOS
public import FloydRun
internal import Glibc
internal import Synchronization

/// Something happened to an attempt. A hint: the files of the run directory say what, and the same may be reported more than once.
public struct RunEvent: Sendable, Hashable {
    public enum Kind: Sendable, Hashable {
        /// There is more in the log.
        case logGrew
        /// The command has started, and hasn't ended in the time that the watcher gives it.
        case started
        /// The command has ended and nothing of it is left; what it was is on its way to the disk.
        case ended
        /// The exit record is there.
        case exited
        /// The worker is gone; if it left an exit record, `exited` came first.
        case workerGone
    }

    public var run: RunDirectory
    public var kind: Kind

    public init(run: RunDirectory, kind: Kind) {
        self.run = run
        self.kind = kind
    }
}

/// Watches run directories and the workers in them, on one thread, whoever started the workers.
public final class RunWatcher: Sendable {
    private let mailbox: WatchMailbox

    /// - Parameters:
    ///   - pauseAfterStart: how long after its start a command must not have ended for the start to be reported.
    ///   - handler: called on the watcher's thread; it should return soon.
    /// - Throws: `FloydError` if the kernel has no inotify instance left (`fs.inotify.max_user_instances`).
    public init(
        pauseAfterStart: Duration = .zero,
        _ handler: @escaping @Sendable (RunEvent) -> Void
    ) throws(FloydError) {
        let mailbox: WatchMailbox
        do {
            mailbox = try WatchMailbox()
        } catch {
            throw FloydError(
                .internalError,
                "runs can't be watched: \(error)",
                hint: "Raise the sysctl fs.inotify.max_user_instances if it is used up."
            )
        }
        self.mailbox = mailbox
        Thread.start(name: "run-watcher") {
            var loop = WatchLoop(mailbox, pauseAfterStart: pauseAfterStart, handler)
            loop.run()
        }
    }

    deinit {
        mailbox.send(.end)
    }

    /// Begins to report about `run`. What has already happened is reported at once, and nothing that happens after this call is missed.
    public func add(_ run: RunDirectory) {
        // From here on the kernel notes what happens, and the thread takes messages before it looks at that.
        _ = mailbox.inotify.add(run.path)
        mailbox.send(.add(run))
    }

    /// Ends to report about `run`; one report that is under way may still come.
    public func remove(_ run: RunDirectory) {
        mailbox.send(.remove(run))
    }
}

/// The way from any thread to the watcher's.
final class WatchMailbox: Sendable {
    enum Message: Sendable {
        case add(RunDirectory)
        case remove(RunDirectory)
        case end
    }

    let inotify: Inotify
    let watch: Watch
    let bell: FileDescriptor
    private let messages = Mutex<[Message]>([])

    init() throws(SystemError) {
        inotify = try Inotify.open()
        watch = try Watch.open()
        bell = try Watch.openBell()
        try watch.add(inotify.file.raw)
        try watch.add(bell.raw)
    }

    func send(_ message: Message) {
        messages.withLock { $0.append(message) }
        Watch.ring(bell)
    }

    func takeAll() -> [Message] {
        Watch.acknowledge(bell)
        return messages.withLock { messages in
            defer { messages = [] }
            return messages
        }
    }
}
