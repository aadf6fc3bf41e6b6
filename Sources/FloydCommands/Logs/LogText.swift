import FloydAPI
import FoundationEssentials

/// Turns log records into the lines that people read: `2026-11-22 05:27:18,497 INFO - text`.
///
/// On a terminal pieces of a line appear as they come, and a carriage return begins the line anew; elsewhere a line appears when it is
/// whole, in its last state, or when Floydlite has something to say behind it. What is held back of a line is bounded.
struct LogText {
    /// The stream of what Floydlite itself has to say.
    static let systemStream = "system"
    /// What is held back of a line without end; then it is cut.
    private static let longestLine = 1 << 20

    /// One of the job's streams.
    private struct Stream {
        var filter: TextFilter
        /// Whether a carriage return came after what there is of the line: what comes next replaces it.
        var hasReturned = false
        /// Elsewhere: the line in its last state.
        var line: [UInt8] = []
        /// Elsewhere: whether the line's beginning went out already.
        var isCut = false
        /// On a terminal: whether the cursor stands in the line, and how wide that is.
        var hasShown = false
        var width = LineWidth()
    }

    let isTerminal: Bool
    /// The columns of the terminal, where they are known.
    private let columns: () -> Int?
    private var clock = LogClock()
    private var streams: [String: Stream] = [:]
    /// On a terminal: the stream whose unfinished line the cursor stands in.
    private var open: String?
    private var hasColoured = false

    init(isTerminal: Bool, columns: @escaping () -> Int? = { nil }) {
        self.isTerminal = isTerminal
        self.columns = columns
    }

    /// What `record` adds to the text.
    mutating func add(_ record: LogRecordMessage) -> [UInt8] {
        var stream = streams.removeValue(forKey: record.stream) ?? Stream(filter: TextFilter(keepsColours: isTerminal))
        var piece = stream.filter.filter(record.bytes)
        if !record.partial { piece += stream.filter.endLine() }
        if isTerminal, piece.contains(0x1b) { hasColoured = true }
        let prefix = "\(clock.local(record.time)) INFO - "
        // How the job ended stands behind its last words, whole or not.
        var text = record.stream == Self.systemStream ? cutLines() : []
        text +=
            isTerminal
            ? show(piece, of: &stream, named: record.stream, prefix, isLast: !record.partial)
            : collect(piece, in: &stream, prefix, isLast: !record.partial)
        streams[record.stream] = stream
        return text
    }

    /// What is held back of lines that may go on: what comes next of them begins a line of its own.
    private mutating func cutLines() -> [UInt8] {
        var text: [UInt8] = []
        for name in streams.keys.sorted() {
            guard let line = streams[name]?.line, !line.isEmpty else { continue }
            text += line + [UInt8(ascii: "\n")]
            streams[name]?.line = []
            streams[name]?.isCut = true
        }
        return text
    }

    /// What ends an unfinished line on a terminal, so that something else can be said; the line goes on in one of its own.
    mutating func breakLine() -> [UInt8] {
        guard let name = open else { return [] }
        streams[name]?.hasShown = false
        open = nil
        return [UInt8(ascii: "\n")]
    }

    /// What is left of lines that will not be finished any more: what comes next, if anything, begins new ones.
    mutating func endLines() -> [UInt8] {
        var text: [UInt8] = []
        for name in streams.keys.sorted() {
            guard let stream = streams[name] else { continue }
            if !stream.line.isEmpty { text += stream.line + [UInt8(ascii: "\n")] }
        }
        text += breakLine()
        streams = [:]
        return text
    }

    /// What is left when no more records come.
    mutating func finish() -> [UInt8] {
        endLines() + (hasColoured ? Array("\u{1b}[0m".utf8) : [])
    }

    private mutating func collect(
        _ piece: [UInt8],
        in stream: inout Stream,
        _ prefix: String,
        isLast: Bool
    ) -> [UInt8] {
        for part in piece.split(separator: UInt8(ascii: "\r"), omittingEmptySubsequences: false).enumerated() {
            if part.offset > 0 { stream.hasReturned = true }
            guard !part.element.isEmpty else { continue }
            if stream.hasReturned || stream.line.isEmpty { stream.line = Array(prefix.utf8) }
            stream.hasReturned = false
            stream.line += part.element
        }
        guard isLast || stream.line.count > Self.longestLine else { return [] }
        // An empty line is one too, unless it is the rest of one that was cut.
        if stream.line.isEmpty, !stream.isCut { stream.line = Array(prefix.utf8) }
        let text = stream.line.isEmpty ? [] : stream.line + [UInt8(ascii: "\n")]
        stream.line = []
        stream.isCut = !isLast
        if isLast { stream.hasReturned = false }
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
        func begin() {
            text += prefix.utf8
            stream.width = LineWidth()
            stream.width.add(prefix.utf8)
            stream.hasReturned = false
        }
        if open != name { text += breakLine() }
        if !stream.hasShown { begin() }
        for part in piece.split(separator: UInt8(ascii: "\r"), omittingEmptySubsequences: false).enumerated() {
            if part.offset > 0 { stream.hasReturned = true }
            guard !part.element.isEmpty else { continue }
            if stream.hasReturned {
                text += wayBack(over: stream.width)
                begin()
            }
            text += part.element
            stream.width.add(part.element)
        }
        if isLast {
            text.append(UInt8(ascii: "\n"))
            stream.hasReturned = false
        }
        stream.hasShown = !isLast
        open = isLast ? nil : name
        return text
    }

    /// What brings the cursor to the beginning of a line of that width and takes away what stands there: a shorter state would leave the
    /// end of a longer one, and a line of several rows all but its last.
    private func wayBack(over width: LineWidth) -> [UInt8] {
        let rows = columns().map(width.rowsAbove) ?? 0
        return Array((rows > 0 ? "\u{1b}[\(rows)A\r\u{1b}[J" : "\r\u{1b}[K").utf8)
    }
}
