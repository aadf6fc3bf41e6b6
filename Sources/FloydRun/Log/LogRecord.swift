/// One record of a log: a line, or a piece of one.
public struct LogRecord: Sendable, Hashable {
    /// What the command wrote to.
    public enum Stream: String, Sendable, Hashable {
        case stdout
        case stderr
    }

    /// When the worker read it, as the log has it: `2026-11-22T12:00:00.123456789Z`.
    public var time: String
    public var stream: Stream
    /// Whether the line goes on in the next record of this stream, so that no newline stands behind this one.
    public var partial: Bool
    /// Whether Floydlite itself says it, not the job.
    public var system: Bool
    /// Without the newline. Anything can be in it but that.
    public var bytes: [UInt8]

    public init(time: String, stream: Stream, partial: Bool, system: Bool, bytes: [UInt8]) {
        self.time = time
        self.stream = stream
        self.partial = partial
        self.system = system
        self.bytes = bytes
    }
}

/// The form of a log: the one of the Kubernetes container runtime interface (CRI), which log shippers read.
///
/// `<time> <stream> <tags> <text>` and a newline. The first tag is `F` for a whole line or its last piece, `P` for a piece that goes on; a
/// second one, after a colon, is `floyd` for what Floydlite itself says.
public enum LogFormat {
    /// The longest piece of a line in one record; a longer line goes out as several.
    public static let maximumPiece = 16_384
    /// The longest record, with its newline.
    public static let maximumRecord = maximumPiece + 64
    static let systemTag = "floyd"
}
