internal import FloydBlobs
internal import FloydFrames
internal import FloydModel
internal import FloydOS
internal import Glibc

/// Runs `floydlite-unpack`, and believes nothing of what it says.
struct UnpackProgram: Sendable {
    /// Its path.
    let program: String
    /// An empty folder: all that it sees.
    let root: String
    /// Whom it runs as where the daemon is root.
    let identity: UserIdentity?
    /// How long it may say nothing. It only reads a file and computes.
    var patience = Duration.seconds(60)

    private static let pipeCapacity = 1 << 20
    private static let pieceSize = 1 << 18
    /// Seconds of the CPU that any archive may take, and the bytes of one for which there is a further second.
    private static let cpuSeconds: Int64 = 60
    private static let bytesPerSecond: Int64 = 1 << 20

    /// Reads the archive at `path` and calls `body` for each frame. Blocks for as long as that takes; the program is gone when this returns or throws.
    ///
    /// - Throws: what `body` throws; `CancellationError` when `stop` rings; `FloydError` where the program ends early: `invalidRequest` and `tooLarge` where the archive is to blame.
    func read(_ path: String, size: Int64, stop: StopBell, _ body: (Frame) throws -> Void) throws {
        let archive = try FileDescriptor.open(path, O_RDONLY | O_NOFOLLOW)
        let null = try FileDescriptor.open("/dev/null", O_RDWR)
        let pair = try DescriptorPair.pipe(capacity: Int32(Self.pipeCapacity))
        let reading = FileDescriptor(owning: pair.reading)
        let writing = FileDescriptor(owning: pair.writing)
        var command = ProcessCommand(
            program,
            arguments: ["floydlite-unpack", root, String(Self.cpuSeconds + size / Self.bytesPerSecond)],
            folder: "/",
            descriptors: [archive.raw, writing.raw, null.raw]
        )
        if let identity { command.arguments += [String(identity.uid), String(identity.gid)] }
        command.diesWithParent = true
        let process = UnpackChild(pid: try command.spawn())
        try writing.close()
        var parser = FrameParser()
        do {
            try Self.forEachPiece(of: reading, stop: stop, patience: patience) { piece in try parser.feed(piece, body) }
        } catch let flaw as FrameFlaw {
            throw FloydError(.internalError, "floydlite-unpack says what makes no sense: \(flaw)")
        }
        let status = process.wait()
        guard parser.isFinished, status == 0 else { throw Self.error(status: status) }
    }

    private static func forEachPiece(
        of pipe: borrowing FileDescriptor,
        stop: StopBell,
        patience: Duration,
        _ body: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: pieceSize, alignment: 64)
        defer { buffer.deallocate() }
        let milliseconds = Int32(clamping: Int64(patience / .milliseconds(1)))
        while true {
            var events = [
                pollfd(fd: pipe.raw, events: Int16(POLLIN), revents: 0),
                pollfd(fd: stop.raw, events: Int16(POLLIN), revents: 0),
            ]
            guard try retryingInterrupts("poll", { poll(&events, nfds_t(events.count), milliseconds) }) > 0 else {
                throw FloydError(.tooLarge, "the archive is refused: it keeps the program busy that reads it")
            }
            if events[1].revents != 0 { throw CancellationError() }
            let count = try pipe.read(into: buffer)
            if count == 0 { return }
            try body(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        }
    }

    /// Why it ended before it had said all.
    private static func error(status: Int32) -> FloydError {
        switch status & 0x7f {
        case SIGXCPU:
            FloydError(.tooLarge, "the archive is refused: it takes too long to read")
        case SIGKILL:
            // Nothing in an archive does this: the machine was short of memory, or somebody was at it.
            FloydError(.unavailable, "the program that reads archives was killed", hint: "Try again in a moment.")
        case 0:
            FloydError(.internalError, "floydlite-unpack ended with status \((status >> 8) & 0xff)")
        case let signal:
            FloydError(.invalidRequest, "the archive is refused: who reads it ends with signal \(signal)")
        }
    }
}

/// The process that runs it: gone, and waited for, when this is.
private final class UnpackChild {
    private let pid: pid_t
    private var status: Int32?

    init(pid: pid_t) {
        self.pid = pid
    }

    deinit {
        guard status == nil else { return }
        // Not waited for yet, so the pid is still this child's.
        kill(pid, SIGKILL)
        _ = wait()
    }

    /// Its status, as waitpid(2) gives it.
    func wait() -> Int32 {
        if let status { return status }
        var ended: Int32 = 0
        while waitpid(pid, &ended, 0) == -1 && errno == EINTR {}
        status = ended
        return ended
    }
}

/// Wakes a thread that waits for something else.
final class StopBell: Sendable {
    private let bell: FileDescriptor

    init() throws(SystemError) {
        bell = try Watch.openBell()
    }

    var raw: Int32 { bell.raw }

    func ring() {
        Watch.ring(bell)
    }
}
