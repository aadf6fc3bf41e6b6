import FloydAPI
import FloydClient
import FloydLab
import FloydModel
import FoundationEssentials

/// Reads the stream of a log over as many connections as it takes, with the id of the last event as all that it keeps: what any client
/// of the interface would do, and nothing of the product's own client.
final class LogStream {
    private struct Event {
        var kind = ""
        var id: String?
        var data = Data()
    }

    private let transport: CurlTransport
    private let token: String
    private let job: ObjectID
    private var position: String?
    /// The attempt whose log is read.
    private(set) var attempt = 0

    init(_ access: ServerAccess, of job: ObjectID, isCancelled: @escaping () -> Bool) throws {
        transport = try CurlTransport(to: ServerAddress(parsing: access.url), isCancelled: isCancelled)
        token = access.token
        self.job = job
    }

    /// One connection's worth.
    ///
    /// - Returns: the job at its end, or at the log's where it isn't followed; nil: the connection broke.
    /// - Throws: `FloydError` for an answer that is no log.
    func read(following: Bool, _ receive: (LogRecordMessage) -> Void) throws -> JobResponse? {
        var request = TransportRequest(
            "GET",
            "\(APIPath.logStream(of: Reference(.id(job))))?follow=\(following)",
            headers: [("Authorization", "Bearer \(token)"), ("Accept", MediaType.eventStream)]
        )
        if let position { request.headers.append(("Last-Event-ID", position)) }
        var rest: [UInt8] = []
        var event = Event()
        var end: JobResponse?
        var refusal: [UInt8] = []
        do throws(TransportFailure) {
            let head = try transport.perform(request) { head, bytes throws(FloydError) in
                guard head.isSuccess else { return refusal += bytes }
                rest += bytes
                var start = rest.startIndex
                while let newline = rest[start...].firstIndex(of: UInt8(ascii: "\n")) {
                    let line = rest[start..<newline]
                    start = newline + 1
                    guard line.isEmpty else {
                        Self.take(line, into: &event)
                        continue
                    }
                    if let job = try self.dispatch(event, receive) { end = job }
                    event = Event()
                }
                rest.removeSubrange(..<start)
            }
            guard head.isSuccess else {
                throw .local(FloydError(.protocolViolation, String(decoding: refusal, as: UTF8.self)))
            }
        } catch {
            if case .local(let error) = error { throw error }
        }
        return end
    }

    private static func take(_ line: ArraySlice<UInt8>, into event: inout Event) {
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > line.startIndex else { return }
        var value = line[(colon + 1)...]
        if value.first == UInt8(ascii: " ") { value = value.dropFirst() }
        switch String(decoding: line[..<colon], as: UTF8.self) {
        case "event": event.kind = String(decoding: value, as: UTF8.self)
        case "id": event.id = String(decoding: value, as: UTF8.self)
        case "data": event.data = Data(value)
        default: break
        }
    }

    private func dispatch(_ event: Event, _ receive: (LogRecordMessage) -> Void) throws(FloydError) -> JobResponse? {
        guard !event.kind.isEmpty else { return nil }
        do {
            if let id = event.id { position = id }
            switch event.kind {
            case LogEventKind.log.rawValue:
                for record in try MessageCoding.decode([LogRecordMessage].self, from: event.data) { receive(record) }
            case LogEventKind.attempt.rawValue:
                attempt = try MessageCoding.decode(AttemptResponse.self, from: event.data).number
            case LogEventKind.end.rawValue:
                return try MessageCoding.decode(JobResponse.self, from: event.data)
            default: break
            }
            return nil
        } catch {
            throw FloydError(.protocolViolation, "an event of the kind \(event.kind) can't be read: \(error)")
        }
    }
}
