internal import FloydOS
internal import FloydRun
internal import Glibc

/// The run's log on the disk: what the encoder makes goes out in as few writes as possible, stays in memory while the disk won't have it,
/// and beyond the log's limit the middle is given back to the disk.
///
/// Memory is bounded whatever the job prints: about half a MiB of records, and of the job's bytes what one read brought or the pipes
/// held at the end.
final class LogSink {
    private var encoder: LogEncoder
    private let file: FileDescriptor
    private let index: LogIndexWriter
    private var retention: LogRetention?
    /// Whether the log has its limit and can't be shortened, so that nothing of the job's is added.
    private var isCapped = false
    /// What was read while the records wait for the disk.
    private var backlog: [(bytes: [UInt8], source: LogEncoder.Source)] = []
    private var trouble = WriteTrouble()
    /// Bytes of the log on the disk.
    private(set) var length: Int64
    /// Where the last whole record on the disk ends.
    private var recordEnd: Int64
    /// How far the kernel was asked to write.
    private var writingStarted: Int64
    /// Bytes of output that are not in the log because they could not be written.
    private(set) var lost: Int64 = 0
    /// Why the last write failed, if it did.
    private(set) var failure: SystemError?
    /// When the beginning of an unfinished line must go out, in nanoseconds since boot.
    private(set) var flushDeadline: Int64?

    /// How long the beginning of a line waits for its rest. A progress bar should move, but most lines come in one piece.
    private static let patience: Int64 = 50_000_000
    /// How many bytes of records make a write.
    private static let writeSize = 1 << 17
    /// How many are held in memory while the disk won't have them, before the job has to wait.
    private static let maximumPending = 1 << 19
    /// How often the kernel is asked to begin with the writing, so that little is left for the fsync at the end.
    private static let writingStep: Int64 = 8 << 20

    /// Opens the log, or goes on behind what is in it.
    init(_ run: RunDirectory) throws(SystemError) {
        file = try FileDescriptor.open(run.log, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW)
        length = try file.status().size
        recordEnd = length
        writingStarted = length
        encoder = LogEncoder(position: length)
        index = LogIndexWriter(path: run.logIndex)
        // The lines that are in it weren't counted.
        if length > 0 { index.end() }
    }

    /// Sets how many bytes are kept; nil and 0: all.
    func limit(to bytes: Int64?) {
        retention = LogRetention(limit: bytes)
    }

    /// Whether so much waits for the disk that nothing more should be read.
    var isFull: Bool { failure != nil && (!backlog.isEmpty || encoder.output.count >= Self.maximumPending) }

    /// Takes what the job wrote. It goes out at the next `write`, or now if it is much.
    func append(_ chunk: UnsafeRawBufferPointer, from source: LogEncoder.Source) {
        if isCapped && source != .system {
            lost += Int64(chunk.count)
        } else if !backlog.isEmpty {
            backlog.append((Array(chunk), source))
        } else {
            encode(chunk, source)
        }
    }

    private func encode(_ chunk: UnsafeRawBufferPointer, _ source: LogEncoder.Source) {
        let now = WallTime.now
        var rest = chunk
        while !rest.isEmpty {
            if failure != nil && encoder.output.count >= Self.maximumPending {
                backlog.insert((Array(rest), source), at: 0)
                return
            }
            let limit = failure == nil ? Self.writeSize : Self.maximumPending
            let count = encoder.append(rest, from: source, at: now, until: limit)
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            if failure == nil && encoder.output.count >= Self.writeSize { pour() }
        }
    }

    /// Lines of Floydlite's own, on the disk at once if that is possible.
    func say(_ message: String) {
        encoder.append(message: message, at: .now)
        write()
    }

    /// Writes what is ready.
    func write() {
        if encoder.output.count > 0 { pour() }
        while failure == nil, !backlog.isEmpty {
            let next = backlog.removeFirst()
            next.bytes.withUnsafeBytes { encode($0, next.source) }
            if failure == nil { pour() }
        }
        if !encoder.holdsPiece {
            flushDeadline = nil
        } else if flushDeadline == nil {
            flushDeadline = BootTimer.now + Self.patience
        }
    }

    /// Writes the beginnings of unfinished lines too.
    func flush() {
        encoder.flush(at: .now)
        write()
    }

    private func pour() {
        failure = nil
        while encoder.output.count > 0 {
            let bytes = encoder.output.bytes
            let count = Glibc.write(file.raw, bytes.baseAddress, bytes.count)
            if count < 0 {
                if errno == EINTR { continue }
                let error = SystemError("write", path: "the log")
                switch trouble.course(after: error.code, at: BootTimer.now) {
                case .retry: failure = error
                case .giveUp: giveUp()
                }
                return
            }
            trouble.passed()
            written(UnsafeRawBufferPointer(rebasing: bytes[..<count]))
            encoder.output.removeFirst(count)
        }
        if !encoder.marks.isEmpty {
            index.append(encoder.marks)
            encoder.marks = []
        }
        shorten()
        if length - writingStarted >= Self.writingStep {
            file.startWriting(writingStarted..<length)
            writingStarted = length
        }
    }

    private func written(_ bytes: UnsafeRawBufferPointer) {
        if bytes.count == encoder.output.count {
            recordEnd = length + Int64(bytes.count)
        } else if let newline = bytes.lastIndex(of: UInt8(ascii: "\n")) {
            recordEnd = length + Int64(newline) + 1
        }
        length += Int64(bytes.count)
    }

    /// Frees the middle of the log where that has grown beyond its limit.
    private func shorten() {
        guard !isCapped, let excess = retention?.excess(of: length) else { return }
        do {
            try file.punchHole(excess)
            retention?.freed(excess)
        } catch {
            // For want of space to note the hole it is tried again as the log grows.
            if error.code == ENOSPC || error.code == EDQUOT { return }
            isCapped = true
            say("The log's limit of \(retention?.limit ?? 0) bytes is reached; what follows is not kept: \(error)")
        }
    }

    /// Gives up what waits to be written, and counts it. The log ends with a whole record then.
    func giveUp() {
        failure = nil
        lost += Int64(encoder.output.count) + backlog.reduce(0) { $0 + Int64($1.bytes.count) }
        backlog = []
        if recordEnd < length {
            // The rest of the record that was begun is gone.
            lost += length - recordEnd
            if (try? file.truncate(to: recordEnd)) != nil { length = recordEnd }
        }
        // Its line numbers would be wrong from here on.
        index.end()
        encoder.abandonOutput(goingOnAt: length)
    }

    /// Writes all that there is, also the beginnings of unfinished lines. False while the disk won't have it.
    func empty() -> Bool {
        flush()
        return failure == nil && backlog.isEmpty
    }

    /// Makes durable what is written.
    func synchronize() throws(SystemError) {
        try file.synchronize()
    }
}
