public import FoundationEssentials

/// The kinds of server-sent events in a log stream.
///
/// A stream begins with a `job` event, brings `log` events and another `job` event at every move, and closes with `end`, whose
/// data is the job as it stands then. The `id` of a `log` event is the byte offset in the log just behind its last record,
/// so a client that comes back with `Last-Event-ID` misses nothing and sees nothing twice.
public enum LogEventKind: String, Sendable, Hashable {
    /// Data: `JobResponse`.
    case job
    /// Data: an array of `LogRecordMessage`.
    case log
    /// Data: `JobResponse`. Nothing follows.
    case end
}

/// One record of a log: a line, or a piece of one.
public struct LogRecordMessage: Sendable, Hashable, Codable {
    /// When the worker read it, to the nanosecond, as the log has it: `2026-11-22T12:00:00.123456789Z`.
    public var time: String
    /// `stdout`, `stderr`, or `system` for what Floydlite itself has to say (tag `floyd` in the log).
    public var stream: String
    /// Whether the line goes on in the next record of this stream, so that no newline stands behind this one.
    public var partial: Bool
    /// The bytes, where they are UTF-8.
    public var text: String?
    /// The bytes otherwise.
    public var base64: Data?

    public init(time: String, stream: String, partial: Bool, bytes: Data) {
        self.time = time
        self.stream = stream
        self.partial = partial
        if let text = String(validating: bytes, as: UTF8.self) {
            self.text = text
        } else {
            base64 = bytes
        }
    }

    public var bytes: Data {
        text.map { Data($0.utf8) } ?? base64 ?? Data()
    }
}
