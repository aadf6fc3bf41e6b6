import FloydAPI
import FoundationEssentials

/// Turns log records into the lines that people read: `2026-11-22 05:27:18,497 INFO - text`.
///
/// On a terminal pieces of a line appear as they come, and a carriage return begins the line anew; elsewhere a line appears when it is
/// whole, in its last state.
struct LogText {
    /// What is held back of a line without end.
    private static let longestLine = 1 << 20

    /// One of the job's streams.
    private struct Stream {
        var filter: TextFilter
        var line: [UInt8] = []
        /// On a terminal: whether a piece was shown, and a carriage return came after it.
        var hasShown = false
        var hasReturned = false
    }

    let isTerminal: Bool
    private var clock = LogClock()
    private var streams: [String: Stream] = [:]
    /// On a terminal: the stream whose unfinished line the cursor stands in.
    private var open: String?
    private var hasColoured = false

    init(isTerminal: Bool) {
        self.isTerminal = isTerminal
    }

    /// What `record` adds to the text.
    mutating func add(_ record: LogRecordMessage) -> [UInt8] {
        var stream = streams[record.stream] ?? Stream(filter: TextFilter(keepsColours: isTerminal))
        var piece = stream.filter.filter(record.bytes)
        if !record.partial { piece += stream.filter.endLine() }
        if piece.contains(0x1b) { hasColoured = true }
        let prefix = "\(clock.local(record.time)) INFO - "
        let text =
            isTerminal
            ? show(piece, of: &stream, named: record.stream, prefix, isLast: !record.partial)
            : collect(piece, in: &stream, prefix, isLast: !record.partial)
        streams[record.stream] = stream
        return text
    }

    /// What ends an unfinished line on a terminal, so that something else can be said; the line goes on in one of its own.
    mutating func breakLine() -> [UInt8] {
        guard let name = open else { return [] }
        streams[name]?.hasShown = false
        open = nil
        return [UInt8(ascii: "\n")]
    }

    /// What is left when no more records come.
    mutating func finish() -> [UInt8] {
        var text: [UInt8] = []
        for name in streams.keys.sorted() {
            guard var stream = streams[name], !stream.line.isEmpty else { continue }
            text += stream.line + [UInt8(ascii: "\n")]
            stream.line = []
            streams[name] = stream
        }
        text += breakLine()
        if hasColoured { text += Array("\u{1b}[0m".utf8) }
        return text
    }

    private mutating func collect(
        _ piece: [UInt8],
        in stream: inout Stream,
        _ prefix: String,
        isLast: Bool
    ) -> [UInt8] {
        if stream.line.isEmpty { stream.line = Array(prefix.utf8) }
        for part in piece.split(separator: UInt8(ascii: "\r"), omittingEmptySubsequences: false).enumerated() {
            if part.offset > 0 { stream.hasReturned = true }
            guard !part.element.isEmpty else { continue }
            if stream.hasReturned { stream.line = Array(prefix.utf8) }
            stream.hasReturned = false
            stream.line += part.element
        }
        guard isLast || stream.line.count > Self.longestLine else { return [] }
        let text = stream.line + [UInt8(ascii: "\n")]
        stream.line = []
        stream.hasReturned = false
        return text
    }

    private mutating func show(
        _ piece: [UInt8],
        of stream: inout Stream,
        named name: String,
        _ prefix: String,
        isLast: Bool
    ) -> [UInt8] {
        var text: [UInt8] = []
        if open != name { text += breakLine() }
        if !stream.hasShown { text += prefix.utf8 }
        for part in piece.split(separator: UInt8(ascii: "\r"), omittingEmptySubsequences: false).enumerated() {
            if part.offset > 0 { stream.hasReturned = true }
            guard !part.element.isEmpty else { continue }
            if stream.hasReturned { text += Array("\r".utf8) + prefix.utf8 }
            stream.hasReturned = false
            text += part.element
        }
        if isLast {
            text.append(UInt8(ascii: "\n"))
            stream.hasReturned = false
        }
        stream.hasShown = !isLast
        open = isLast ? nil : name
        return text
    }
}
