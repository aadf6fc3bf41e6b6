import FloydAPI
import FloydCore
import FloydModel

/// Log events as they stand on the wire (WHATWG HTML §9.2). Data is JSON on one line: JSON escapes line ends, so none can end an event.
enum ServerSentEvents {
    static func append(_ event: LogStreamEvent, to bytes: inout [UInt8]) throws {
        switch event {
        case .job(let job):
            begin(.job, &bytes)
            bytes.append(contentsOf: try MessageCoding.encode(job))
        case .log(let records, let offset):
            begin(.log, id: offset, &bytes)
            LogRecordEncoder.append(records, to: &bytes)
        case .end(let job):
            begin(.end, &bytes)
            bytes.append(contentsOf: try MessageCoding.encode(job))
        }
        bytes.append(contentsOf: "\n\n".utf8)
    }

    /// A line that clients ignore; it shows that the connection lives.
    static func comment(_ text: StaticString) -> [UInt8] {
        Array(": \(text)\n\n".utf8)
    }

    private static func begin(_ kind: LogEventKind, id: Int64? = nil, _ bytes: inout [UInt8]) {
        bytes.append(contentsOf: "event: ".utf8)
        bytes.append(contentsOf: kind.rawValue.utf8)
        if let id {
            bytes.append(contentsOf: "\nid: ".utf8)
            bytes.append(contentsOf: String(id).utf8)
        }
        bytes.append(contentsOf: "\ndata: ".utf8)
    }
}
