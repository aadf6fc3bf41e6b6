/// One record of a log: a line, or a piece of one.
public struct LogRecord: Sendable, Hashable {
    /// What the command wrote to.
    public enum Stream: String, Sendable, Hashable {
        case stdout
        case stderr
    }

    /// Whose words a record has: those of one of the command's streams, or Floydlite's own.
    public enum Source: String, Sendable, Hashable, CaseIterable {
        case stdout
        case stderr
        case system
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
    /// Bytes of the log that aren't kept where this record stands; nil: it stands in the log itself.
    public var missing: Int64?

    public init(
        time: String,
        stream: Stream,
        partial: Bool,
        system: Bool,
        bytes: [UInt8],
        missing: Int64? = nil
    ) {
        self.time = time
        self.stream = stream
        self.partial = partial
        self.system = system
        self.bytes = bytes
        self.missing = missing
    }

    /// Appends the record in the form that it has in the log.
    public func append(to log: inout [UInt8]) {
        log.append(contentsOf: time.utf8)
        log.append(contentsOf: " \(stream.rawValue) \(partial ? "P" : "F")".utf8)
        if system { log.append(contentsOf: ":\(LogFormat.systemTag)".utf8) }
        log.append(UInt8(ascii: " "))
        log.append(contentsOf: bytes)
        log.append(UInt8(ascii: "\n"))
    }

    public var source: Source {
        if system { return .system }
        return switch stream {
        case .stdout: .stdout
        case .stderr: .stderr
        }
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
