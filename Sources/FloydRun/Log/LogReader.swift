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
        parse(Array(bytes)[...])
    }

    public static func parse(_ bytes: ArraySlice<UInt8>) -> Result {
        var result = Result(records: [], consumed: 0, malformed: 0)
        var rest = bytes
        while let newline = rest.firstIndex(of: UInt8(ascii: "\n")) {
            if let record = record(rest[..<newline]) {
                result.records.append(record)
            } else {
                result.malformed += 1
            }
            rest = rest[(newline + 1)...]
        }
        result.consumed = rest.startIndex - bytes.startIndex
        return result
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
