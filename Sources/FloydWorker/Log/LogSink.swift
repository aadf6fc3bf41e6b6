internal import FloydOS
internal import FloydRun
internal import Glibc

/// The run's log on the disk: what the encoder makes goes out in as few writes as possible, and stays in memory while the disk won't have it.
final class LogSink {
    private var encoder = LogEncoder()
    private let file: FileDescriptor
    /// Bytes of the log on the disk.
    private(set) var length: Int64
    /// Bytes of the log that were given up.
    private(set) var lost: Int64 = 0
    /// Why the last write failed, if it did.
    private(set) var failure: SystemError?
    /// When the beginning of an unfinished line must go out, in nanoseconds since boot.
    private(set) var flushDeadline: Int64?

    /// How long the beginning of a line waits for its rest. A progress bar should move, but most lines come in one piece.
    private static let patience: Int64 = 50_000_000
    /// How much is held in memory while the disk won't have it, before the job has to wait.
    private static let maximumPending = 1 << 20

    /// Opens the log, or goes on behind what is in it.
    init(path: String) throws(SystemError) {
        file = try FileDescriptor.open(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW)
        length = try file.status().size
    }

    /// Whether so much waits for the disk that nothing more should be read.
    var isFull: Bool { failure != nil && encoder.output.count > Self.maximumPending }

    func append(_ chunk: UnsafeRawBufferPointer, from source: LogEncoder.Source) {
        encoder.append(chunk, from: source, at: .now)
    }

    /// Lines of Floydlite's own, on the disk at once if that is possible.
    func say(_ message: String) {
        encoder.append(message: message, at: .now)
        write()
    }

    /// Writes what is ready.
    func write() {
        if !encoder.holdsPiece {
            flushDeadline = nil
        } else if flushDeadline == nil {
            flushDeadline = BootTimer.now + Self.patience
        }
        failure = nil
        while encoder.output.count > 0 {
            let bytes = encoder.output.bytes
            let count = Glibc.write(file.raw, bytes.baseAddress, bytes.count)
            if count < 0 {
                if errno == EINTR { continue }
                failure = SystemError("write", path: "the log")
                return
            }
            length += Int64(count)
            encoder.output.removeFirst(count)
        }
    }

    /// Writes the beginnings of unfinished lines too.
    func flush() {
        encoder.flush(at: .now)
        write()
    }

    /// Makes the log durable. What the disk won't have after `patience` more seconds is given up, and counted.
    func finish(patience: Int) {
        encoder.flush(at: .now)
        let deadline = BootTimer.now + Int64(patience) * 1_000_000_000
        while true {
            write()
            if failure == nil || BootTimer.now >= deadline { break }
            usleep(100_000)
        }
        lost += Int64(encoder.output.count)
        encoder.output.removeFirst(encoder.output.count)
        do {
            try file.synchronize()
        } catch {
            failure = error
        }
    }
}
