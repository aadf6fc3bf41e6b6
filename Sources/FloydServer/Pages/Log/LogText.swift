import FloydAPI
import FoundationEssentials

/// Log records put together to the lines that a terminal would show in the end, without colours.
struct LogText: Sendable {
    /// Whole lines of one stream that follow each other.
    struct Block: Sendable, Hashable {
        /// `stdout`, `stderr` or `system`.
        var stream: String
        var text: String
    }

    /// A line that has no end yet.
    struct Unfinished: Sendable, Hashable {
        var stream: String
        var text: String
        /// Where the next character goes.
        var cursor: Int
    }

    /// UTF-8 bytes that a block may have before the next one begins, so that the front of a page's log can be dropped.
    private static let blockSize = 32 * 1024

    private(set) var blocks: [Block] = []
    private var lines: [String: TerminalLine] = [:]

    mutating func append(_ record: LogRecordMessage) {
        let stream = record.stream == "stdout" || record.stream == "stderr" ? record.stream : "system"
        if !record.partial, lines[stream] == nil, let text = record.text, TerminalLine.isPlain(text) {
            finish(text, stream)
            return
        }
        var line = lines.removeValue(forKey: stream) ?? TerminalLine()
        if let text = record.text { line.feed(text) } else { line.feed(bytes: record.bytes) }
        if record.partial {
            lines[stream] = line
        } else {
            line.flush()
            finish(line.text, stream)
        }
    }

    private mutating func finish(_ line: String, _ stream: String) {
        if let last = blocks.indices.last, blocks[last].stream == stream,
            blocks[last].text.utf8.count < Self.blockSize
        {
            blocks[last].text += line
            blocks[last].text += "\n"
        } else {
            blocks.append(Block(stream: stream, text: line + "\n"))
        }
    }

    var unfinished: [Unfinished] {
        lines.sorted { $0.key < $1.key }.map {
            Unfinished(stream: $0.key, text: $0.value.text, cursor: $0.value.cursor)
        }
    }
}
