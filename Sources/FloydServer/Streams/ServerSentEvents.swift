import FloydAPI
import FloydCore
import FloydModel

/// Events as they stand on the wire (WHATWG HTML §9.2). Data is JSON on one line: JSON escapes line ends, so none can end an event.
enum ServerSentEvents {
    /// The bytes of one event of a log stream; none for records of which nothing was asked for. Readers who see the same get the same bytes,
    /// made once.
    static func bytes(of event: LogStreamEvent) throws -> [UInt8] {
        switch event {
        case .job(let job):
            return whole(LogEventKind.job.rawValue, data: try json(of: job))
        case .attempt(let attempt, let position):
            let data = [UInt8](try MessageCoding.encode(attempt))
            return whole(LogEventKind.attempt.rawValue, id: position.description, data: data)
        case .log(let records, let position):
            if records.value.isEmpty { return [] }
            return records.encoded { records in
                var bytes: [UInt8] = []
                bytes.reserveCapacity(records.count * 128 + 64)
                begin(LogEventKind.log.rawValue, id: position.description, &bytes)
                LogRecordEncoder.append(records, to: &bytes)
                bytes.append(contentsOf: "\n\n".utf8)
                return bytes
            }
        case .end(let job):
            return whole(LogEventKind.end.rawValue, data: try json(of: job))
        }
    }

    /// A move, with its number.
    static func bytes(of move: EventResponse) throws -> [UInt8] {
        whole(MoveEventKind.move.rawValue, id: "\(move.id)", data: [UInt8](try MessageCoding.encode(move)))
    }

    /// The last event of a stream of one job's moves.
    static func end(_ job: JobResponse) throws -> [UInt8] {
        whole(MoveEventKind.end.rawValue, data: [UInt8](try MessageCoding.encode(job)))
    }

    /// An id without an event: whoever comes back before the first one goes on from there.
    static func place(_ id: Int64) -> [UInt8] {
        Array("id: \(id)\n\n".utf8)
    }

    /// A line that clients ignore; it shows that the connection lives.
    static func comment(_ text: StaticString) -> [UInt8] {
        Array(": \(text)\n\n".utf8)
    }

    private static func json(of job: Broadcast<JobResponse>) throws -> [UInt8] {
        try job.encoded { [UInt8](try MessageCoding.encode($0)) }
    }

    private static func whole(_ kind: String, id: String? = nil, data: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        begin(kind, id: id, &bytes)
        bytes.append(contentsOf: data)
        bytes.append(contentsOf: "\n\n".utf8)
        return bytes
    }

    private static func begin(_ kind: String, id: String?, _ bytes: inout [UInt8]) {
        bytes.append(contentsOf: "event: ".utf8)
        bytes.append(contentsOf: kind.utf8)
        if let id {
            bytes.append(contentsOf: "\nid: ".utf8)
            bytes.append(contentsOf: id.utf8)
        }
        bytes.append(contentsOf: "\ndata: ".utf8)
    }
}
