public import FloydModel
internal import FloydOS
internal import Glibc
public import Logging
internal import Synchronization

/// A log of lines that may be lost, but never make anybody wait: a thread of its own writes them, and where the disk is slower than what
/// comes, what is over is dropped, counted, and said in a line.
///
/// Several lines go out in one write. A crash loses those that wait, and may cut the last one of the file.
public final class LineLog<Line: Sendable>: Sendable {
    /// Where the lines go.
    private enum Sink: Sendable {
        case standardError
        case file(path: String)
    }

    private struct State {
        var lines: [Line] = []
        var dropped = 0
        var isWriting = false
        /// Whoever waits until there is nothing to be written.
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    /// The descriptor that is written to; only the writing thread changes it.
    private let descriptor: Mutex<Int32>
    private let sink: Sink
    private let state = Mutex(State())
    private let isToReopen = Atomic(false)
    private let dropCount = Atomic(0)
    private let pool = BlockingPool(threads: 1, name: "floyd-lines")
    private let capacity: Int
    private let format: @Sendable (Line, inout [UInt8]) -> Void
    private let formatDropped: @Sendable (Int, inout [UInt8]) -> Void
    private let logger: Logger

    /// - Parameters:
    ///   - capacity: how many lines may wait.
    ///   - format: appends the line's bytes, with the newline.
    ///   - formatDropped: the same, of a line that says how many were dropped.
    /// - Returns: nil where there is to be none.
    /// - Throws: `localFile` if the file can't be opened.
    public init?(
        _ place: ServerConfiguration.AccessLogPlace,
        capacity: Int = 16_384,
        format: @escaping @Sendable (Line, inout [UInt8]) -> Void,
        formatDropped: @escaping @Sendable (Int, inout [UInt8]) -> Void,
        logger: Logger
    ) throws(FloydError) {
        switch place {
        case .off: return nil
        case .standardError:
            sink = .standardError
            descriptor = Mutex(STDERR_FILENO)
        case .file(let path):
            sink = .file(path: path)
            do throws(SystemError) {
                descriptor = Mutex(try Self.open(path))
            } catch {
                throw FloydError(
                    .localFile,
                    "the access log can't be written: \(error)",
                    hint: "Make its folder, for the user that the server runs as, or name another file."
                )
            }
        }
        self.capacity = capacity
        self.format = format
        self.formatDropped = formatDropped
        self.logger = logger
    }

    deinit {
        if case .file = sink { descriptor.withLock { _ = close($0) } }
    }

    private static func open(_ path: String) throws(SystemError) -> Int32 {
        try FileDescriptor.open(path, O_WRONLY | O_APPEND | O_CREAT | O_NOCTTY, mode: 0o640).release()
    }

    /// How many lines were dropped since the start.
    public var dropped: Int { dropCount.load(ordering: .relaxed) }

    /// Adds a line, which is written some time later. Never waits, from any thread.
    public func append(_ line: Line) {
        let isFirst = state.withLock { state in
            guard state.lines.count < capacity else {
                state.dropped += 1
                dropCount.add(1, ordering: .relaxed)
                return false
            }
            state.lines.append(line)
            defer { state.isWriting = true }
            return !state.isWriting
        }
        if isFirst { pool.start { self.write() } }
    }

    /// Opens the file anew, which somebody has moved away (logrotate(8)), before the next line is written.
    public func reopen() {
        isToReopen.store(true, ordering: .releasing)
    }

    /// Returns when all lines that were added before are written, or dropped.
    public func flush() async {
        await withCheckedContinuation { continuation in
            let isIdle = state.withLock { state in
                if state.isWriting { state.waiting.append(continuation) }
                return !state.isWriting
            }
            if isIdle { continuation.resume() }
        }
    }

    // MARK: On the writing thread

    private func write() {
        var bytes: [UInt8] = []
        while let (lines, dropped) = next() {
            bytes.removeAll(keepingCapacity: true)
            for line in lines { format(line, &bytes) }
            if dropped > 0 { formatDropped(dropped, &bytes) }
            reopenIfAsked()
            do throws(SystemError) {
                try write(bytes)
            } catch {
                // It can't be said where it should, so it is counted for the next line that can be written.
                state.withLock { $0.dropped += lines.count + dropped }
                dropCount.add(lines.count, ordering: .relaxed)
                logger.warning("Lines of the access log are lost", metadata: ["error": "\(error)"])
            }
        }
    }

    /// All that waits; nil if nothing does.
    private func next() -> (lines: [Line], dropped: Int)? {
        let (next, waiting) = state.withLock {
            state -> ((lines: [Line], dropped: Int)?, [CheckedContinuation<Void, Never>]) in
            guard !state.lines.isEmpty else {
                state.isWriting = false
                defer { state.waiting = [] }
                return (nil, state.waiting)
            }
            let taken = (state.lines, state.dropped)
            state.lines = []
            state.dropped = 0
            return (taken, [])
        }
        for continuation in waiting { continuation.resume() }
        return next
    }

    private func reopenIfAsked() {
        guard case .file(let path) = sink, isToReopen.exchange(false, ordering: .acquiring) else { return }
        do throws(SystemError) {
            let new = try Self.open(path)
            let old = descriptor.withLock { descriptor in
                defer { descriptor = new }
                return descriptor
            }
            close(old)
        } catch {
            logger.error(
                "The access log can't be opened anew, and goes on where it was",
                metadata: ["error": "\(error)"]
            )
        }
    }

    private func write(_ bytes: [UInt8]) throws(SystemError) {
        let raw = descriptor.withLock { $0 }
        var offset = 0
        while offset < bytes.count {
            let count = bytes[offset...].withUnsafeBytes { Glibc.write(raw, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw SystemError("write") }
            offset += count
        }
    }
}
