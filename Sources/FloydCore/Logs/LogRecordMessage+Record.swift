internal import FloydAPI
internal import FloydRun
internal import FoundationEssentials

extension LogRecordMessage {
    init(_ record: LogRecord) {
        self.init(
            time: record.time,
            stream: record.system ? "system" : record.stream.rawValue,
            partial: record.partial,
            bytes: Data(record.bytes)
        )
    }
}
