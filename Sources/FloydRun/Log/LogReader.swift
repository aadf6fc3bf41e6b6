internal import FloydOS

/// Parses the bytes of a log.
public enum LogReader {
    /// What was found in a stretch of a log that begins at a record.
    public struct Result: Sendable, Hashable {
        public var records: [LogRecord]
        /// How many bytes they take: the next record begins there. What follows is unfinished, and may be whole at the next look.
        public var consumed: Int
        /// Lines that are no records, which only a damaged disk leaves; they are skipped.
        public var malformed: Int
    }

    public static func parse(_ bytes: some Collection<UInt8>) -> Result {
        Array(bytes).withUnsafeBytes { parse($0) }
    }

    public static func parse(_ bytes: UnsafeRawBufferPointer) -> Result {
        var result = Result(records: [], consumed: 0, malformed: 0)
        while let line = LogLines.next(in: bytes, from: result.consumed) {
            if let record = record(line) {
                result.records.append(record)
            } else {
                result.malformed += 1
            }
            result.consumed += line.count + 1
        }
        return result
    }

    /// The record that one line holds, given without its newline.
    static func record(_ line: UnsafeRawBufferPointer) -> LogRecord? {
        guard let header = LogHeader(line) else { return record(Array(line)[...]) }
        return LogRecord(
            time: String(decoding: line[..<LogHeader.timeLength], as: UTF8.self),
            stream: line[33 + 1] == UInt8(ascii: "o") ? .stdout : .stderr,
            partial: !header.isWhole,
            system: header.source == .system,
            bytes: Array(line[header.textOffset...])
        )
    }

    /// The record that one line holds, given without its newline.
    public static func record(_ line: ArraySlice<UInt8>) -> LogRecord? {
        let space = UInt8(ascii: " ")
        guard let timeEnd = line.firstIndex(of: space), timeEnd > line.startIndex,
            let streamEnd = line[(timeEnd + 1)...].firstIndex(of: space),
            let stream = LogRecord.Stream(
                rawValue: String(decoding: line[(timeEnd + 1)..<streamEnd], as: UTF8.self)
            ),
            let tagsEnd = line[(streamEnd + 1)...].firstIndex(of: space),
            let time = String(validating: line[..<timeEnd], as: UTF8.self)
        else { return nil }
        let tags = line[(streamEnd + 1)..<tagsEnd].split(
            separator: UInt8(ascii: ":"),
            omittingEmptySubsequences: false
        )
        guard let first = tags.first, first.elementsEqual("F".utf8) || first.elementsEqual("P".utf8) else { return nil }
        return LogRecord(
            time: time,
            stream: stream,
            partial: first.elementsEqual("P".utf8),
            system: tags.dropFirst().contains { $0.elementsEqual(LogFormat.systemTag.utf8) },
            bytes: Array(line[(tagsEnd + 1)...])
        )
    }
}

/// The lines of a stretch of bytes.
enum LogLines {
    /// The line that begins at `start`, without its newline; nil if it has none yet.
    static func next(in bytes: UnsafeRawBufferPointer, from start: Int) -> UnsafeRawBufferPointer? {
        guard let newline = ByteSearch.first(UInt8(ascii: "\n"), in: bytes, from: start) else { return nil }
        return UnsafeRawBufferPointer(rebasing: bytes[start..<newline])
    }
}
