public import FoundationEssentials

/// The kinds of server-sent events in a log stream.
///
/// A stream begins with a `job` event, brings `log` events and another `job` event at every move, and closes with `end`, whose
/// data is the job as it stands then. The logs of a job's attempts follow one another, each behind an `attempt` event. The `id` of a
/// `log` or `attempt` event is a `LogPosition`, just behind its last record, so a client that comes back with `Last-Event-ID` misses
/// nothing and sees nothing twice.
public enum LogEventKind: String, Sendable, Hashable {
    /// Data: `JobResponse`.
    case job
    /// Data: `AttemptResponse`. What follows is from that attempt's log.
    case attempt
    /// Data: an array of `LogRecordMessage`.
    case log
    /// Data: `JobResponse`. Nothing follows.
    case end
}

/// A place in the logs of a job's attempts, between two records. Printed as `ATTEMPT-OFFSET`: `2-4711`.
public struct LogPosition: Sendable, Hashable, Comparable, LosslessStringConvertible {
    /// From 1; 0: before the first.
    public var attempt: Int
    /// Bytes from the beginning of that attempt's log.
    public var offset: Int64

    public init(attempt: Int, offset: Int64) {
        self.attempt = attempt
        self.offset = offset
    }

    public static let beginning = LogPosition(attempt: 0, offset: 0)

    public init?(_ description: String) {
        let parts = description.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, let attempt = Self.number(parts[0]), let offset = Self.number(parts[1]) else {
            return nil
        }
        self.init(attempt: Int(clamping: attempt), offset: offset)
    }

    private static func number(_ digits: Substring) -> Int64? {
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
            return nil
        }
        return Int64(digits)
    }

    public var description: String { "\(attempt)-\(offset)" }

    public static func < (left: Self, right: Self) -> Bool {
        (left.attempt, left.offset) < (right.attempt, right.offset)
    }
}

/// The kinds of server-sent events in a stream of moves.
public enum MoveEventKind: String, Sendable, Hashable {
    /// Data: `EventResponse`; its `id` is the event's id.
    case move
    /// What `job=` asked for has ended. Data: `JobResponse`. Nothing follows.
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
    /// Of a `system` record that stands for a gap: how many bytes of the log weren't kept there.
    public var missing: Int64?

    public init(time: String, stream: String, partial: Bool, bytes: Data, missing: Int64? = nil) {
        self.time = time
        self.stream = stream
        self.partial = partial
        self.missing = missing
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
