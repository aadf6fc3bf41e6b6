import FloydAPI
import FloydModel
import FoundationEssentials

/// Lets through the lines that match a pattern, as the records they came in.
///
/// A line is held back until it is whole. One of more than a mebibyte is searched in parts of that size, and comes through from the
/// part on that matches, so that a line without end takes no memory without end.
struct LineFilter {
    /// What is held back of a line, in bytes.
    static let longestPart = 1 << 20
    /// What holding a record costs beyond its bytes.
    private static let recordWeight = 128

    /// The unfinished line of one of the job's streams.
    private struct Line {
        var records: [LogRecordMessage] = []
        var bytes: [UInt8] = []
        var weight = 0
        /// Whether parts of the line went before.
        var isContinued = false
        /// Whether it matched already.
        var isShown = false
    }

    let pattern: LinePattern
    private var lines: [String: Line] = [:]

    init(_ pattern: LinePattern) {
        self.pattern = pattern
    }

    /// What is held back at the moment, as `longestPart` counts it.
    var weight: Int { lines.values.reduce(0) { $0 + $1.weight } }

    /// What `record` lets through.
    mutating func add(_ record: LogRecordMessage) -> [LogRecordMessage] {
        // Taken out, so that it is changed in place.
        var line = lines.removeValue(forKey: record.stream) ?? Line()
        if line.records.isEmpty, !record.partial, !line.isShown {
            // Most lines come in one piece.
            return matches([UInt8](record.bytes), line, isEnd: true) ? [record] : []
        }
        let through = line.isShown ? [record] : hold(record, in: &line)
        if record.partial { lines[record.stream] = line }
        return through
    }

    /// What the lines let through that will not be finished any more.
    mutating func finish() -> [LogRecordMessage] {
        defer { lines = [:] }
        return lines.sorted { $0.key < $1.key }.flatMap { _, line in
            !line.records.isEmpty && matches(line.bytes, line, isEnd: true) ? line.records : []
        }
    }

    private func hold(_ record: LogRecordMessage, in line: inout Line) -> [LogRecordMessage] {
        let bytes = record.bytes
        line.records.append(record)
        line.bytes += bytes
        line.weight += bytes.count + Self.recordWeight
        guard !record.partial || line.weight > Self.longestPart else { return [] }
        let isMatch = matches(line.bytes, line, isEnd: !record.partial)
        let through = isMatch ? line.records : []
        line = Line(isContinued: true, isShown: isMatch)
        return through
    }

    private func matches(_ bytes: [UInt8], _ line: Line, isEnd: Bool) -> Bool {
        bytes.withUnsafeBufferPointer { bytes in
            // The return before a newline is the line's end, not its content.
            let content =
                isEnd && bytes.last == UInt8(ascii: "\r") ? UnsafeBufferPointer(rebasing: bytes.dropLast()) : bytes
            return pattern.matches(content, isStart: !line.isContinued, isEnd: isEnd)
        }
    }
}
