internal import FloydAPI
internal import FloydRun
internal import FoundationEssentials

extension LogRecordMessage {
    init(_ record: LogRecord) {
        self.init(
            time: record.time,
            stream: record.source.rawValue,
            partial: record.partial,
            bytes: Data(record.bytes),
            missing: record.missing
        )
    }
}

extension LogRequest {
    /// The streams as the log has them.
    var sources: Set<LogRecord.Source> {
        Set(streams.compactMap { LogRecord.Source(rawValue: $0.rawValue) })
    }
}
